/** `--from`: the keys of config maps and secrets as variables. Upstream: kubectl pkg/cmd/set/set_env.go. */
import { compareBytes } from '#api/meta/go-quote.ts'
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { settableObjects } from './change.ts'
import type { EnvVar } from './pod-spec.ts'

/** What `--keys` names, or all keys, in their order. Throws CommandError. */
export async function variablesFrom(call: Call, from: string): Promise<readonly EnvVar[]> {
  const infos = await settableObjects(call, [from], { refusesArgs: false })
  return infos.flatMap(({ object }) => variablesOf(call, object))
}

const references: Readonly<Record<string, 'configMapKeyRef' | 'secretKeyRef'>> = {
  'v1 ConfigMap': 'configMapKeyRef',
  'v1 Secret': 'secretKeyRef',
}

function variablesOf({ flags, io }: Call, object: KubeObject): readonly EnvVar[] {
  const { apiVersion = '', kind = '', metadata } = object
  const reference = references[`${apiVersion} ${kind}`]
  if (reference === undefined) throw new CommandError('unsupported resource specified in --from')
  const wanted = flags.strings('keys')
  const keys = Object.keys((object['data'] ?? {}) as object).sort(compareBytes)
  return keys
    .filter((key) => wanted.length === 0 || wanted.includes(key))
    .map((key) => {
      const name = key.replaceAll(/[^a-zA-Z0-9_]/g, '_').toUpperCase()
      if (name !== key) io.stderr(`Warning: key ${key} transferred to ${name}\n`)
      return { name, valueFrom: { [reference]: { name: metadata?.name ?? '', key } } }
    })
}
