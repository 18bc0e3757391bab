/** `kubectl explain`. Upstream: kubectl pkg/cmd/explain/explain.go. */
import { bool, string } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { splitGroupVersion } from '#kubectl/discovery/mapper.ts'
import { CommandError } from '#kubectl/errors.ts'
import { explained, explainedWithGroup } from '#kubectl/explain/resource.ts'
import type { Explained } from '#kubectl/explain/resource.ts'
import type { Json } from '#kubectl/objects/info.ts'

export const command: Command = {
  use: 'explain TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group] [-o|--output=plaintext|plaintext-openapiv2]',
  about: `Describe the fields and the structure of a resource, as the server documents them.

 A field is named by its path: TYPE.FIELD[.FIELD]. "kubectl api-resources" lists the types.`,
  examples: [
    ['What a pod has', 'kubectl explain pods'],
    ['All its fields, in short', 'kubectl explain pods --recursive'],
    ['One field', 'kubectl explain pods.spec.containers'],
    ['Of another version', 'kubectl explain deployments --api-version=apps/v1'],
  ],
  flags: [
    string('api-version', 'Version of the API, GROUP/VERSION.'),
    string('output', 'How to render: plaintext or plaintext-openapiv2.', {
      short: 'o',
      default: 'plaintext',
    }),
    bool('recursive', 'Only the names of all fields, and of theirs.', { short: 'R' }),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const [word = '', more] = call.args
  if (call.args.length === 0) {
    throw new CommandError(
      'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.\n',
    )
  }
  if (more !== undefined) throw new CommandError('We accept only this format: explain RESOURCE\n')
  const mapper = await call.factory.mapper()
  const isVersioned = call.flags.string('api-version') !== ''
  const what = isVersioned ? await explained(word, mapper) : await explainedWithGroup(word, mapper)
  const output = call.flags.string('output')
  if (output === 'plaintext-openapiv2') return await fromV2(call, what)
  const paths = await v3Paths(call)
  if (paths === undefined && output === 'plaintext') return await fromV2(call, what)
  await fromV3(call, what, paths ?? {})
}

type Paths = Readonly<Record<string, { readonly serverRelativeURL?: string }>>

/** Undefined: the server has no OpenAPI v3. */
async function v3Paths({ factory }: Call): Promise<Paths | undefined> {
  const answer = await (await factory.rest()).attempt({ path: '/openapi/v3' })
  if (answer.status >= 400) return undefined
  const { paths = {} } = JSON.parse(answer.body.toString()) as { paths?: Paths }
  return paths
}

async function fromV3(call: Call, { mapping, fields }: Explained, paths: Paths): Promise<void> {
  const { flags, factory, io } = call
  const asked = askedVersion(call)
  const { group, version } = asked ?? mapping
  const { resource } = mapping
  const url = paths[group === '' ? `api/${version}` : `apis/${group}/${version}`]?.serverRelativeURL
  if (url === undefined) {
    throw new CommandError(`couldn't find resource for "${group}/${version}, Resource=${resource}"`)
  }
  const document = await (await factory.rest()).json<Json>({ path: url })
  const output = flags.string('output')
  if (output !== 'plaintext') throw new CommandError(`unrecognized format: ${output}`)
  const { plaintext } = await import('#kubectl/explain/plaintext.ts')
  const recursive = flags.bool('recursive')
  const answer = plaintext({ document, group, version, resource, fields, recursive })
  io.stdout(answer.text)
  if (answer.failure !== undefined) throw new CommandError(answer.failure)
}

async function fromV2(call: Call, { mapping, fields }: Explained): Promise<void> {
  const { group, version } = askedVersion(call) ?? mapping
  const { plaintextOfV2 } = await import('#kubectl/explain/open-api-v2.ts')
  const document = await (await call.factory.rest()).json<Json>({ path: '/openapi/v2' })
  const wanted = { fields, recursive: call.flags.bool('recursive') }
  call.io.stdout(plaintextOfV2({ document, group, version, kind: mapping.kind }, wanted))
}

function askedVersion({ flags }: Call) {
  const asked = flags.string('api-version')
  if (asked === '') return undefined
  if (asked.split('/').length > 2) {
    throw new CommandError(`unexpected GroupVersion string: ${asked}`)
  }
  const [group, version] = splitGroupVersion(asked)
  return { group, version }
}
