/** `kubectl config set` and `unset`. Upstream: kubectl pkg/cmd/config/{set,unset}.go. */
import { bool } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { entryKeys } from '#kubectl/config/edit.ts'
import type { Entry, KubeconfigFiles, Section } from '#kubectl/config/edit.ts'
import { CommandError, HelpError } from '#kubectl/errors.ts'
import { filesOf } from './config.ts'

export const set: Command = {
  use: 'config set PROPERTY_NAME PROPERTY_VALUE',
  about: `Set an individual value in a kubeconfig file.

 PROPERTY_NAME is a name with dots, where each part is an attribute or the name of an entry, for example
 clusters.dev.server or contexts.dev.namespace.`,
  examples: [['Set a server', 'kubectl config set clusters.my-cluster.server https://1.2.3.4']],
  flags: [
    bool('set-raw-bytes', 'Write the value as it is into a field of bytes.', { alone: 'true' }),
  ],
  async run(call) {
    const [property = '', value = ''] = call.args
    if (call.args.length !== 2) throw new HelpError(`Unexpected args: [${call.args.join(' ')}]`)
    const files = filesOf(call)
    if (property === 'current-context') files.setCurrentContext(value)
    else setProperty(call, files, { property, value })
    files.save()
    call.io.stdout(`Property ${JSON.stringify(property)} set.\n`)
  },
}

export const unset: Command = {
  use: 'config unset PROPERTY_NAME',
  about: 'Unset an individual value in a kubeconfig file; whole entries, too.',
  examples: [['Unset the current context', 'kubectl config unset current-context']],
  flags: [],
  async run(call) {
    const [property = ''] = call.args
    if (call.args.length !== 1) throw new HelpError(`Unexpected args: [${call.args.join(' ')}]`)
    const files = filesOf(call)
    if (property === 'current-context') files.setCurrentContext('')
    else unsetProperty(files, property)
    files.save()
    call.io.stdout(`Property ${JSON.stringify(property)} unset.\n`)
  },
}

/** Fields that are not text. */
const booleans = new Set(['insecure-skip-tls-verify', 'disable-compression'])
const bytes = new Set(['certificate-authority-data', 'client-certificate-data', 'client-key-data'])
const texts: Readonly<Record<Section, ReadonlySet<string>>> = {
  clusters: new Set(['server', 'tls-server-name', 'certificate-authority', 'proxy-url']),
  contexts: new Set(['cluster', 'user', 'namespace']),
  users: new Set([
    'client-certificate',
    'client-key',
    'token',
    'tokenFile',
    'as',
    'as-uid',
    'username',
    'password',
  ]),
}

interface Place {
  readonly section: Section
  readonly name: string
  readonly field: string | undefined
}

/** `clusters.NAME.field`, where the name may itself have dots. */
function placeOf(property: string): Place {
  const [first = '', ...rest] = property.split('.')
  if (!Object.hasOwn(entryKeys, first) || rest.length === 0) {
    throw new CommandError(`unable to parse ${property} after [] at api.Config`)
  }
  const section = first as Section
  const last = rest.at(-1) as string
  const isField = texts[section].has(last) || booleans.has(last) || bytes.has(last)
  if (!isField || rest.length === 1) return { section, name: rest.join('.'), field: undefined }
  return { section, name: rest.slice(0, -1).join('.'), field: last }
}

function setProperty(
  call: Call,
  files: KubeconfigFiles,
  { property, value }: { readonly property: string; readonly value: string },
): void {
  const { section, name, field } = placeOf(property)
  if (field === undefined) {
    throw new CommandError(
      `unable to parse ${property} after [${section} ${name}] at api.${entryKeys[section]}`,
    )
  }
  const entry: Entry = { ...files.get(section, name), [field]: typed(call, field, value) }
  files.set(section, name, entry)
}

function typed({ flags }: Call, field: string, value: string): unknown {
  if (booleans.has(field)) {
    if (value === 'true' || value === 'false') return value === 'true'
    throw new CommandError(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`)
  }
  if (!bytes.has(field)) return value
  return flags.bool('set-raw-bytes') ? Buffer.from(value).toString('base64') : value
}

function unsetProperty(files: KubeconfigFiles, property: string): void {
  const { section, name, field } = placeOf(property)
  const entry = files.get(section, name)
  if (field === undefined) return files.delete(section, name)
  if (entry === undefined) throw new CommandError(`current map key \`${name}\` is invalid`)
  const { [field]: _gone, ...rest } = entry
  files.set(section, name, rest)
}
