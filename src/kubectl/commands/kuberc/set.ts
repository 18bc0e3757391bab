/** `kubectl kuberc set`. Upstream: kubectl pkg/cmd/kuberc/set.go. */
import { array, bool, string } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, throwAll } from '#kubectl/errors.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json } from '#kubectl/objects/info.ts'
import { fileOf, kubercFlag, readKuberc, writeKuberc } from './file.ts'

export const command: Command = {
  use: 'kuberc set --section (defaults|aliases) --command COMMAND',
  about: `Set values in the kuberc file.

 Defaults are values of flags of a command. An alias is another name for a command, with values of flags, and
 arguments before and after those that are given.`,
  examples: [
    ['A default', 'kubectl kuberc set --section defaults --command get --option output=wide'],
    [
      'An alias',
      'kubectl kuberc set --section aliases --name getn --command get --prependarg nodes',
    ],
  ],
  flags: [
    kubercFlag,
    array('allowlist-entry', 'A credential plugin that may run: command=NAME.'),
    array('appendarg', 'Argument after those that are given; of aliases.'),
    string('command', 'The command: get, "set env".'),
    string('name', 'Name of the alias.'),
    array('option', 'FLAG=VALUE.'),
    bool('overwrite', 'Overwrite what is there.'),
    string('policy', 'Which credential plugins may run: AllowAll, DenyAll or Allowlist.'),
    array('prependarg', 'Argument before those that are given; of aliases.'),
    string('section', "'defaults', 'aliases' or 'credentialplugin'.", { required: true }),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { path } = fileOf(call)
  validate(call)
  const found = readKuberc(path)
  const isEmpty = found === undefined || Object.keys(found).length === 0
  const content = isEmpty
    ? { apiVersion: 'kubectl.config.k8s.io/v1beta1', kind: 'Preference' }
    : found
  const options = optionsOf(call)
  writeKuberc(
    call,
    path,
    sections[call.flags.string('section')]?.(call, content, options) ?? content,
  )
}

type Change = (call: Call, content: Json, options: readonly Json[]) => Json

const sections: Readonly<Record<string, Change>> = {
  defaults: withDefaults,
  aliases: withAlias,
  credentialplugin: withPolicy,
}

function validate({ flags }: Call): void {
  const section = flags.string('section')
  if (sections[section] === undefined) {
    throw new CommandError(
      `--section must be "defaults", "aliases", or "credentialplugin", got: ${section}`,
    )
  }
  const name = flags.string('name')
  const hasArgs = flags.strings('prependarg').length + flags.strings('appendarg').length > 0
  const problems: readonly (readonly [boolean, string])[] = [
    [section === 'aliases' && name === '', '--name is required when --section=aliases'],
    [
      section === 'defaults' && name !== '',
      '--name should not be specified when --section=defaults',
    ],
    [
      section === 'defaults' && hasArgs,
      '--prependarg and --appendarg are only valid for --section=aliases',
    ],
    [
      section !== 'credentialplugin' && flags.string('command') === '',
      '--command is required when --section=aliases or --section=defaults',
    ],
  ]
  const problem = problems.find(([isThere]) => isThere)
  if (problem !== undefined) throw new CommandError(problem[1])
  if (section === 'credentialplugin')
    validatePolicy(flags.string('policy'), flags.strings('allowlist-entry'))
}

function validatePolicy(policy: string, entries: readonly string[]): void {
  if (policy === '') throw new CommandError('--policy is required when --section=credentialplugin')
  if (!['AllowAll', 'DenyAll', 'Allowlist'].includes(policy)) {
    throw new CommandError(
      ` --policy must be  "AllowAll", "DenyAll", or "Allowlist", got: ${policy}`,
    )
  }
  const only = '--section=credentialplugin and --policy=Allowlist'
  if (policy !== 'Allowlist' && entries.length > 0) {
    throw new CommandError(`--allowlist-entry may only be used when ${only}`)
  }
  if (policy === 'Allowlist' && entries.length === 0) {
    throw new CommandError(`--allowlist-entry is required when ${only}`)
  }
}

function optionsOf({ flags }: Call): readonly Json[] {
  return flags.strings('option').map((option) => {
    const equals = option.indexOf('=')
    if (equals < 0) {
      throw new CommandError(`invalid option format ${JSON.stringify(option)}, expected flag=value`)
    }
    return { default: option.slice(equals + 1), name: option.slice(0, equals).replace(/^-+/, '') }
  })
}

function listIn(content: Json, key: string): readonly Json[] {
  const list = content[key]
  return Array.isArray(list) ? list.filter(isMapping) : []
}

function withDefaults({ flags }: Call, content: Json, options: readonly Json[]): Json {
  const name = flags.string('command')
  const list = listIn(content, 'defaults')
  const prior = list.find((entry) => entry['command'] === name)
  if (prior === undefined) {
    return {
      ...content,
      defaults: [
        ...list,
        { command: name, ...(options.length > 0 ? { options } : { options: null }) },
      ],
    }
  }
  if (!flags.bool('overwrite')) {
    throw new CommandError(
      `defaults for command ${JSON.stringify(name)} already exist, use --overwrite to replace`,
    )
  }
  const next = options.length > 0 ? { ...prior, options } : prior
  return { ...content, defaults: list.map((entry) => (entry === prior ? next : entry)) }
}

function withAlias({ flags }: Call, content: Json, options: readonly Json[]): Json {
  const name = flags.string('name')
  const list = listIn(content, 'aliases')
  const prior = list.find((entry) => entry['name'] === name)
  if (prior !== undefined && !flags.bool('overwrite')) {
    throw new CommandError(
      `alias ${JSON.stringify(name)} already exists, use --overwrite to replace`,
    )
  }
  const given = (values: readonly unknown[], key: string): unknown =>
    values.length > 0 ? values : prior?.[key]
  const alias = present({
    name,
    command: flags.string('command'),
    prependArgs: given(flags.strings('prependarg'), 'prependArgs'),
    appendArgs: given(flags.strings('appendarg'), 'appendArgs'),
    options: given(options, 'options'),
  })
  const aliases =
    prior === undefined ? [...list, alias] : list.map((entry) => (entry === prior ? alias : entry))
  return { ...content, aliases }
}

function present(value: Json): Json {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined))
}

function withPolicy({ flags }: Call, content: Json): Json {
  const policy = flags.string('policy')
  if (policy !== 'Allowlist') return { ...content, credentialPluginPolicy: policy }
  const entries = flags.strings('allowlist-entry').flatMap((entry) => entry.split(','))
  const problems = entries
    .map(entryProblem)
    .filter((problem) => problem !== undefined)
    .map((problem) => new CommandError(problem))
  if (problems.length === 1) throw problems[0]
  throwAll(problems)
  const credentialPluginAllowlist = entries.map((entry) => ({
    command: entry.slice(entry.indexOf('=') + 1),
  }))
  return { ...content, credentialPluginAllowlist, credentialPluginPolicy: policy }
}

function entryProblem(entry: string): string | undefined {
  const equals = entry.indexOf('=')
  if (equals < 0) return `improperly formatted allowlist entry: ${JSON.stringify(entry)}`
  const key = entry.slice(0, equals)
  if (key === 'name') {
    return 'allowlist entry field "name" is deprecated, use "command" instead'
  }
  if (key !== 'command') return `unrecognized allowlist entry field: ${JSON.stringify(key)}`
  return entry.slice(equals + 1).trim() === ''
    ? `empty value in allowlist entry for field ${JSON.stringify(key)}`
    : undefined
}
