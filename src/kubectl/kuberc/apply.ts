/**
 * Aliases and defaults on a command line: a line in, a line out.
 * Upstream: kubectl pkg/kuberc/kuberc.go (applyAliases, applyOverrides, searchInArgs).
 */
import { findCommand } from '#kubectl/command-line/find.ts'
import type { Found } from '#kubectl/command-line/find.ts'
import type { Flag } from '#kubectl/command-line/flag.ts'
import { globalFlags } from '#kubectl/command-line/flag-sets.ts'
import { parseLine } from '#kubectl/command-line/parse.ts'
import type { CommandTable } from '#kubectl/command.ts'
import { FlagError } from '#kubectl/errors.ts'
import { checkPreferences, PreferencesError } from './preferences.ts'
import type { Alias, OptionDefault, Preferences } from './preferences.ts'

export interface Line {
  readonly line: readonly string[]
  /** Under which name the command was called. */
  readonly alias?: string
}

/** Rejects with PreferencesError. `warn` hears of defaults of commands that are not there. */
export async function applyPreferences(
  argv: readonly string[],
  preferences: Preferences,
  { table, warn }: { readonly table: CommandTable; readonly warn: (text: string) => void },
): Promise<Line> {
  checkPreferences(preferences)
  const found = await findCommand(table, argv)
  if (found.path === '') return await aliased(argv, preferences, table)
  let line = argv
  for (const { command, options } of preferences.defaults) {
    const wanted = await findCommand(table, words(command))
    if (wanted.path === '')
      warn(`command ${JSON.stringify(command)} not found to set kuberc override`)
    else if (lastWord(wanted) === lastWord(found)) {
      line = withOptions(line, options, {
        found,
        unknown: (name) => `invalid flag ${name} for command ${command}`,
        refused: (option, why) =>
          `could not apply override value ${option.default} to flag ${option.name} in command ${command} err: ${why}`,
      })
    }
  }
  return { line }
}

function words(command: string): readonly string[] {
  return command.split(/\s+/).filter((word) => word !== '')
}

function lastWord({ path }: Found): string {
  return path.slice(path.lastIndexOf(' ') + 1)
}

async function aliased(
  argv: readonly string[],
  { aliases }: Preferences,
  table: CommandTable,
): Promise<Line> {
  const at = argv.findIndex((word) => !word.startsWith('-'))
  const alias = aliases.find(({ name }) => name === argv[at])
  if (alias === undefined) return { line: argv }
  const command = words(alias.command)
  const found = await findCommand(table, command)
  if (found.path === '') {
    throw new PreferencesError(
      `command ${JSON.stringify(alias.command)} not found to set alias ${JSON.stringify(alias.name)}: [${command.join(' ')}]`,
    )
  }
  return { line: expanded(argv, { alias, at, command, found }), alias: alias.name }
}

interface Expansion {
  readonly alias: Alias
  readonly at: number
  readonly command: readonly string[]
  readonly found: Found
}

function expanded(argv: readonly string[], { alias, at, command, found }: Expansion) {
  const line = [
    ...argv.slice(0, at),
    ...command,
    ...alias.prependArgs,
    ...argv.slice(at + 1),
    ...alias.appendArgs,
  ]
  return withOptions(line, alias.options, {
    found,
    given: argv,
    unknown: (name) => `invalid alias flag ${name} in alias kubectl`,
    refused: (option, why) =>
      `could not apply value ${option.default} to flag ${option.name} in alias kubectl err: ${why}`,
  })
}

interface Wording {
  readonly found: Found
  /** What the user typed; default: the line. */
  readonly given?: readonly string[]
  readonly unknown: (name: string) => string
  readonly refused: (option: OptionDefault, why: string) => string
}

/** Options that the line does not give, in front of it. */
function withOptions(
  line: readonly string[],
  options: readonly OptionDefault[],
  { found, given = line, unknown, refused }: Wording,
): readonly string[] {
  const flags = [...globalFlags, ...(found.command?.flags ?? [])]
  const added = options.flatMap((option) => {
    const flag = flags.findLast(({ name }) => name === option.name)
    if (flag === undefined) throw new PreferencesError(unknown(option.name))
    if (isGiven(flag, flags, given)) return []
    const text = `--${option.name}=${option.default}`
    try {
      parseLine(flags, [text])
    } catch (error) {
      if (!(error instanceof FlagError)) throw error
      throw new PreferencesError(refused(option, error.message))
    }
    return [text]
  })
  return [...added, ...line]
}

/** `--flag`, `-f…` or `-abf`. */
function isGiven({ name, short }: Flag, flags: readonly Flag[], args: readonly string[]): boolean {
  const isShort = flags.some((flag) => flag.short === short)
  return args.some(
    (arg) =>
      arg === `--${name}` ||
      arg.startsWith(`--${name}=`) ||
      (short !== undefined &&
        (arg.startsWith(`-${short}`) ||
          (/^-[a-zA-Z]+$/.test(arg) && isShort && arg.includes(short)))),
  )
}

/** The value of `--kuberc` on a line that is not parsed yet. Throws PreferencesError. */
export function askedKuberc(argv: readonly string[]): string {
  const end = argv.indexOf('--')
  const args = end < 0 ? argv : argv.slice(0, end)
  const at = args.findIndex((arg) => arg === '--kuberc' || arg.startsWith('--kuberc='))
  if (at < 0) return ''
  const value = args[at] === '--kuberc' ? args[at + 1] : args[at]?.split('=')[1]
  if (value === undefined || value === '') throw new PreferencesError('kuberc file is not found')
  return value
}
