/** `--overrides` and `--labels` of run and expose. */
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'

/** `a=b,c=d`. Upstream: kubectl pkg/generate ParseLabels. */
export function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const [key = '', value, more] = pair.split('=')
      if (value === undefined || more !== undefined) {
        throw new CommandError(`unexpected label spec: ${pair}`)
      }
      if (key === '') throw new CommandError('unexpected empty label key')
      return [key, value] as const
    }),
  )
}

/** The object with `--overrides` merged in as `--override-type` says. */
export async function overridden(call: Call, object: KubeObject): Promise<KubeObject> {
  const { flags } = call
  const text = flags.string('overrides')
  if (text === '') return object
  const type = flags.string('override-type')
  if (type !== 'json' && type !== 'merge' && type !== 'strategic') {
    throw new CommandError(`invalid override type: ${JSON.stringify(type)}`)
  }
  const { applyPatch } = await import('#kubectl/objects/apply-patch.ts')
  const { localMapping } = await import('#kubectl/objects/local-mapping.ts')
  const mapping = localMapping(object.apiVersion ?? '', object.kind ?? '')
  return applyPatch({ object, mapping }, type, text)
}
