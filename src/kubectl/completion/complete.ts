/**
 * Answers to the shell's completion scripts: commands, flags, values, names.
 * Upstream: spf13/cobra, completions.go.
 */
import { compareBytes } from '#api/meta/go-quote.ts'
import { findCommand } from '#kubectl/command-line/find.ts'
import type { Found } from '#kubectl/command-line/find.ts'
import { bool } from '#kubectl/command-line/flag.ts'
import type { Flag } from '#kubectl/command-line/flag.ts'
import { globalFlags } from '#kubectl/command-line/flag-sets.ts'
import { parseLine } from '#kubectl/command-line/parse.ts'
import type { ParsedLine } from '#kubectl/command-line/parse.ts'
import type { Call, CommandTable } from '#kubectl/command.ts'
import { commands } from '#kubectl/commands.ts'
import { FlagError } from '#kubectl/errors.ts'
import { Factory } from '#kubectl/factory.ts'
import type { Io } from '#kubectl/io.ts'
import { argumentCompletions } from './arguments.ts'
import { directiveName, directives, plainWords } from './offer.ts'
import type { Offer, Word } from './offer.ts'

export async function complete(
  argv: readonly string[],
  io: Io,
  { descriptions }: { readonly descriptions: boolean },
): Promise<number> {
  const { words, directive } = await offerOrNothing(argv, io)
  const lines = words.map(({ text, about = '' }) =>
    descriptions ? (about === '' ? text : `${text}\t${about}`) : (text.split('\t')[0] ?? ''),
  )
  io.stdout(
    `${lines.map((line) => `${line.split('\n')[0]?.trim() ?? ''}\n`).join('')}:${directive}\n`,
  )
  io.stderr(`Completion ended with directive: ${directiveName(directive)}\n`)
  return 0
}

/** A line that cannot be understood; said on standard error, which the scripts do not read. */
class LineError extends Error {}

async function offerOrNothing(argv: readonly string[], io: Io): Promise<Offer> {
  const line = argv.slice(0, -1)
  const toComplete = argv.at(-1) ?? ''
  try {
    return await offer(line, toComplete, io)
  } catch (error) {
    if (!(error instanceof LineError)) throw error
    io.stderr(`[Debug] [Error] ${error.message}\n`)
    return { words: [], directive: directives.default }
  }
}

async function offer(line: readonly string[], toComplete: string, io: Io): Promise<Offer> {
  const [first] = line
  if (first === 'help') return await helpOffer(line.slice(1), toComplete)
  if (first !== undefined && !first.startsWith('-') && commands[first] === undefined) {
    io.stderr('[Debug] Cleared global flags for plugin completion\n')
    const { pluginOffer } = await import('./plugin-completion.ts')
    const offered = await pluginOffer(line, toComplete, io)
    if (offered !== undefined) return offered
    throw new LineError(`unable to find a command for arguments: [${line.join(' ')}]`)
  }
  const found = await findCommand(commands, line)
  return await commandOffer(found, { line, toComplete, io })
}

interface Asked {
  readonly line: readonly string[]
  readonly toComplete: string
  readonly io: Io
}

async function commandOffer(found: Found, { line, toComplete, io }: Asked): Promise<Offer> {
  const own = [...(found.command?.flags ?? []), helpFlag]
  const flags = [...globalFlags, ...own]
  const isFlagsOver = parseQuietly(flags, found.argv)?.argsBeforeDash !== undefined
  const waiting = flagWaiting(found, flags, toComplete)
  const value = waiting === undefined || waiting instanceof LineError ? undefined : waiting
  const parsed = parsedOrError(flags, value?.argv ?? found.argv)
  if (found.path === '' && parsed.args.length > 0) {
    throw new LineError(`unable to find a command for arguments: [${line.join(' ')}]`)
  }
  if (parsed.help) return { words: [], directive: directives.noFile }
  if (waiting instanceof LineError && !isFlagsOver) throw waiting
  const call = callOf(found, parsed, io)
  if (value !== undefined && !isFlagsOver) return await valueOffer(call, value)
  const isFlag = toComplete.startsWith('-') && !toComplete.includes('=') && !isFlagsOver
  if (isFlag) return flagOffer(found, parsed, toComplete)
  return await argumentOffer(found, call, toComplete)
}

const helpFlag: Flag = bool('help', 'Help for the command.', { short: 'h' })

function parseQuietly(flags: readonly Flag[], argv: readonly string[]): ParsedLine | undefined {
  try {
    return parseLine(
      flags.filter((flag) => flag !== helpFlag),
      argv,
    )
  } catch {
    return undefined
  }
}

function parsedOrError(flags: readonly Flag[], argv: readonly string[]): ParsedLine {
  try {
    return parseLine(
      flags.filter((flag) => flag !== helpFlag),
      argv,
    )
  } catch (error) {
    if (!(error instanceof FlagError)) throw error
    throw new LineError(`Error while parsing flags from args [${argv.join(' ')}]: ${error.message}`)
  }
}

function callOf({ path }: Found, { args, argsBeforeDash, flags }: ParsedLine, io: Io): Call {
  return { path, args, argsBeforeDash, flags, io, factory: new Factory(flags, io, path) }
}

/** A flag whose value is being typed, and the line without it. */
interface Waiting {
  readonly flag: Flag
  readonly argv: readonly string[]
  readonly toComplete: string
}

function flagWaiting(
  { argv, path }: Found,
  flags: readonly Flag[],
  toComplete: string,
): Waiting | LineError | undefined {
  const equals = toComplete.indexOf('=')
  const isWithEquals = toComplete.startsWith('-') && equals >= 0
  if (toComplete.startsWith('-') && !isWithEquals) return undefined
  const word = isWithEquals ? toComplete.slice(0, equals) : (argv.at(-1) ?? '')
  if (!isWithEquals && (!/^(?:--.|-[^-])/.test(word) || word.includes('='))) return undefined
  const name = word.startsWith('--') ? word.slice(2) : word.slice(-1)
  const flag = flags.find((one) => (word.startsWith('--') ? one.name === name : one.short === name))
  if (flag === undefined) {
    const command = path === '' ? 'kubectl' : path.slice(path.lastIndexOf(' ') + 1)
    return new LineError(`Subcommand '${command}' does not support flag '${name}'`)
  }
  if (isWithEquals) return { flag, argv, toComplete: toComplete.slice(equals + 1) }
  return flag.alone === undefined ? { flag, argv: argv.slice(0, -1), toComplete } : undefined
}

async function valueOffer(call: Call, { flag, toComplete }: Waiting): Promise<Offer> {
  const { flagValues } = await import('./flag-values.ts')
  const offered = await flagValues(call, flag, toComplete)
  if (offered === undefined) return { words: [], directive: directives.default }
  return { ...offered, words: plainWords(offered.words) }
}

/** Names of flags that may still be given; those that must be, first and alone. */
function flagOffer(found: Found, line: ParsedLine, toComplete: string): Offer {
  const required = requiredFlags(found, line, toComplete)
  const own = [...(found.command?.flags ?? []), helpFlag]
  const groups =
    found.path === ''
      ? [[...globalFlags, ...own]]
      : [globalFlags.filter(({ name }) => !own.some((flag) => flag.name === name)), own]
  const words = groups.flatMap((flags) =>
    byName(flags)
      .filter((flag) => mayStillBeGiven(flag, line))
      .flatMap((flag) => flagWords(flag, toComplete)),
  )
  return { words: required.length > 0 ? required : words, directive: directives.noFile }
}

function byName(flags: readonly Flag[]): readonly Flag[] {
  return flags.toSorted((a, b) => compareBytes(a.name, b.name))
}

function mayStillBeGiven({ name, kind }: Flag, { flags }: ParsedLine): boolean {
  return kind === 'strings' || kind === 'array' || !flags.given(name)
}

function requiredFlags(
  { command }: Found,
  { flags }: ParsedLine,
  toComplete: string,
): readonly Word[] {
  return byName(command?.flags ?? [])
    .filter(({ name, required }) => required === true && !flags.given(name))
    .flatMap((flag) => flagWords(flag, toComplete))
}

function flagWords(flag: Flag, toComplete: string): readonly Word[] {
  if (flag.hidden === true || flag.deprecated !== undefined) return []
  const names = [`--${flag.name}`, ...(flag.short === undefined ? [] : [`-${flag.short}`])]
  return names
    .filter((name) => name.startsWith(toComplete))
    .map((text) => ({ text, about: flag.usage }))
}

async function argumentOffer(found: Found, call: Call, toComplete: string): Promise<Offer> {
  const hasOwnFlags = (found.command?.flags ?? []).some(({ name }) => call.flags.given(name))
  const subcommands =
    call.args.length > 0 || hasOwnFlags ? {} : await offeredCommands(found, call.io)
  const words = commandWords(subcommands, toComplete)
  const isGroup = Object.keys(subcommands).length > 0
  const required = requiredFlags(found, parsedOf(call), toComplete)
  const completion = argumentCompletions[found.path]
  if (completion === undefined) {
    const directive = isGroup ? directives.noFile : directives.default
    return { words: [...words, ...required], directive }
  }
  const offered = await completion(call, toComplete)
  const all = [...words, ...required, ...plainWords(offered.words)]
  return { words: all, directive: offered.directive }
}

function parsedOf({ args, argsBeforeDash, flags }: Call): ParsedLine {
  return { args, argsBeforeDash, flags, deprecated: [], help: false }
}

/** The program's own include plugins. */
async function offeredCommands({ path, subcommands }: Found, io: Io): Promise<CommandTable> {
  if (path !== '') return subcommands
  const { pluginPaths, pluginWords } = await import('./plugin-completion.ts')
  const plugins = pluginWords(pluginPaths(io), [])
    .filter(({ text }) => subcommands[text] === undefined)
    .map(({ text, about = '' }) => [text, { summary: about }] as const)
  return { ...subcommands, ...Object.fromEntries(plugins), ...helpRow }
}

const helpRow: CommandTable = { help: { summary: 'Help about any command' } }

function commandWords(table: CommandTable, toComplete: string): readonly Word[] {
  return Object.entries(table)
    .filter(([name]) => name.startsWith(toComplete))
    .map(([text, { summary }]) => ({ text, about: summary }))
    .toSorted((a, b) => compareBytes(a.text, b.text))
}

/** `kubectl help` is followed by the words of a command. */
async function helpOffer(line: readonly string[], toComplete: string): Promise<Offer> {
  const found = await findCommand(commands, line)
  const table = found.path === '' ? { ...commands, ...helpRow } : found.subcommands
  const words = found.argv.length > 0 ? [] : commandWords(table, toComplete)
  return { words, directive: directives.noFile }
}
