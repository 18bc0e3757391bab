/** `kubectl kuberc view`. Upstream: kubectl pkg/cmd/kuberc/view.go. */
import { printFlags } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json } from '#kubectl/objects/info.ts'
import { printerOf } from '#kubectl/printers/printer.ts'
import { fileOf, kubercFlag, readKuberc, writeKuberc } from './file.ts'

export const command: Command = {
  use: 'kuberc view',
  about: 'Display the contents of the kuberc file.',
  examples: [['As JSON', 'kubectl kuberc view --output json']],
  flags: [
    kubercFlag,
    ...printFlags.map((flag) => (flag.name === 'output' ? { ...flag, default: 'yaml' } : flag)),
  ],
  run,
}

/** Fields in the order of upstream's types. */
const order = ['name', 'command', 'prependArgs', 'appendArgs', 'options', 'default']
const topOrder = [
  'kind',
  'apiVersion',
  'defaults',
  'aliases',
  'credentialPluginPolicy',
  'credentialPluginAllowlist',
]

async function run(call: Call): Promise<void> {
  const { path, isExplicit } = fileOf(call)
  const content = readKuberc(path)
  if (content === undefined) {
    if (isExplicit) throw new CommandError(`kuberc file not found at ${path}`)
    return await offerRecommended(call, path)
  }
  const printer = await printerOf(call)
  if (printer === undefined) return
  const shown = {
    ...content,
    defaults: content['defaults'] ?? [],
    aliases: content['aliases'] ?? [],
  }
  call.io.stdout(printer.print(inOrder(shown, topOrder), 'given'))
}

async function offerRecommended(call: Call, path: string): Promise<void> {
  call.io.stdout(
    `kuberc file not found at ${path}\nWould you like to generate a default kuberc file with recommended options? (y/N): `,
  )
  const [answer = ''] = (await call.io.readStdin()).split('\n')
  if (answer.trim().toLowerCase() === 'y') writeKuberc(call, path, recommended)
}

const recommended: Json = {
  apiVersion: 'kubectl.config.k8s.io/v1beta1',
  kind: 'Preference',
  defaults: [
    { command: 'apply', options: [{ name: 'server-side', default: 'true' }] },
    { command: 'delete', options: [{ name: 'interactive', default: 'true' }] },
  ],
}

function inOrder(value: Json, keys: readonly string[]): Json {
  const known = keys.filter((key) => key in value)
  return Object.fromEntries(known.map((key) => [key, nested(value[key])]))
}

function nested(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(nested)
  return isMapping(value) ? inOrder(value, order) : value
}
