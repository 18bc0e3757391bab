/** `kubectl kustomize`. Upstream: kustomize kustomize/commands/build/build.go. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { array, bool, string, strings } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import { build } from '#kubectl/kustomize/build.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { yamlPrinter } from '#kubectl/printers/json-yaml.ts'

export const command: Command = {
  use: 'kustomize DIR [flags]',
  about: `Print what the kustomization in a folder makes.

 Without a folder, the current one.`,
  examples: [
    ['Of the current folder', 'kubectl kustomize'],
    ['Of another', 'kubectl kustomize overlays/production'],
  ],
  flags: [
    bool('as-current-user', 'Of functions: not supported.'),
    bool('enable-alpha-plugins', 'Of plugins: not supported.'),
    bool('enable-helm', 'Of charts: not supported.'),
    strings('env', 'Of functions: not supported.', { short: 'e' }),
    array('helm-api-versions', 'Of charts: not supported.'),
    string('helm-command', 'Of charts: not supported.', { default: 'helm' }),
    bool('helm-debug', 'Of charts: not supported.'),
    string('helm-kube-version', 'Of charts: not supported.'),
    string('load-restrictor', 'LoadRestrictionsNone: files may lie outside of the folder.', {
      default: 'LoadRestrictionsRootOnly',
    }),
    array('mount', 'Of functions: not supported.'),
    bool('network', 'Of functions: not supported.'),
    string('network-name', 'Of functions: not supported.', { default: 'bridge' }),
    string('output', 'File or folder to write to.', { short: 'o' }),
  ],
  run,
}

const unsupported = [
  'as-current-user',
  'enable-alpha-plugins',
  'enable-helm',
  'env',
  'helm-api-versions',
  'helm-command',
  'helm-debug',
  'helm-kube-version',
  'mount',
  'network',
  'network-name',
]

async function run(call: Call): Promise<void> {
  const { args, flags, io } = call
  const [path = '.', more] = args
  if (more !== undefined) throw new CommandError('specify one path to kustomization.yaml')
  const given = unsupported.find((name) => flags.given(name))
  if (given !== undefined) throw new CommandError(`--${given} is not supported by this kubectl`)
  const objects = build(path, { io, unrestricted: isUnrestricted(call) })
  const printer = yamlPrinter(true)
  const output = flags.string('output')
  if (output !== '' && statSync(output, { throwIfNoEntry: false })?.isDirectory() === true) {
    return writeEach(objects, output)
  }
  const text = objects.map((object) => printer.print(object)).join('')
  if (output === '') io.stdout(text)
  else writeTo(output, text)
}

function isUnrestricted({ flags }: Call): boolean {
  const restrictor = flags.string('load-restrictor')
  if (restrictor === 'LoadRestrictionsNone') return true
  if (restrictor === 'LoadRestrictionsRootOnly') return false
  throw new CommandError(
    `illegal flag value --load-restrictor ${restrictor}; legal values: [LoadRestrictionsRootOnly LoadRestrictionsNone]`,
  )
}

function writeTo(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new CommandError(`open ${path}: no such file or directory`)
  }
}

/** A file for each object. */
function writeEach(objects: readonly KubeObject[], folder: string): void {
  mkdirSync(resolve(folder), { recursive: true })
  for (const object of objects) {
    const { apiVersion = '', kind = '', metadata = {} } = object
    const version = apiVersion.replace('/', '_')
    const prefix = metadata.namespace === undefined ? '' : `${metadata.namespace}_`
    const name = `${prefix}${version}_${kind}_${metadata.name ?? ''}.yaml`.toLowerCase()
    writeFileSync(join(folder, name), yamlPrinter(true).print(object))
  }
}
