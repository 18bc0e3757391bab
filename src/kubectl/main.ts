/** kubectl: finds the command, reads its line, runs it, says what went wrong. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findCommand } from './command-line/find.ts'
import type { Found } from './command-line/find.ts'
import { globalFlags } from './command-line/flag-sets.ts'
import { parseLine } from './command-line/parse.ts'
import type { ParsedLine } from './command-line/parse.ts'
import type { Command } from './command.ts'
import { commands } from './commands.ts'
import { CommandError, HelpError, PlainError, UsageError } from './errors.ts'
import { Factory } from './factory.ts'
import type { Io } from './io.ts'
import type { Preferences } from './kuberc/preferences.ts'
import type { Preferred } from './kuberc/start.ts'

/** Resolves to the exit code; never rejects for what a user or a server did. */
export async function runKubectl(argv: readonly string[], io: Io): Promise<number> {
  if (argv[0] === '__complete' || argv[0] === '__completeNoDesc') {
    const { complete } = await import('./completion/complete.ts')
    return await complete(argv.slice(1), io, { descriptions: argv[0] === '__complete' })
  }
  let found: Found | undefined
  let alias: string | undefined
  try {
    const preferred = await preferredLine(argv, io)
    const { line, preferences } = preferred
    alias = preferred.alias
    found = await findCommand(commands, line[0] === 'help' ? [...line.slice(1), '--help'] : line)
    return await runFound(found, io, preferences)
  } catch (error) {
    const { report } = await import('./failure.ts')
    return report(error, { path: alias ?? found?.path ?? '', command: found?.command }, io)
  }
}

/** The line with the user's aliases and defaults; nothing of it is loaded where there are none. */
async function preferredLine(argv: readonly string[], io: Io): Promise<Preferred> {
  const { env } = io
  const mayBe =
    (env['KUBERC'] ?? '') !== '' ||
    argv.some((word) => word.startsWith('--kuberc')) ||
    existsSync(join(env['HOME'] ?? '', '.kube', 'kuberc'))
  if (!mayBe || argv.length === 0) return { line: argv }
  const { preferred } = await import('./kuberc/start.ts')
  return await preferred(argv, io, commands)
}

async function runFound(
  found: Found,
  io: Io,
  preferences: Preferences | undefined,
): Promise<number> {
  const { path, row, command } = found
  if (row === undefined) return await runRoot(found, io)
  if (command === undefined) {
    throw new CommandError(`kubectl ${path} is not supported by this kubectl yet`)
  }
  const line = parseLine([...globalFlags, ...command.flags], found.argv)
  warnDeprecated(line, io)
  if (line.help) {
    io.stdout(await helpOf(found, command))
    return 0
  }
  if (command.run === undefined) return await runGroup(found, command, line, io)
  refuseUnsupported(command, line)
  requireFlags(command, line)
  const factory = new Factory(line.flags.seenBy(globalFlags), io, path, preferences)
  try {
    await command.run({ path, io, factory, ...readable(line) })
  } catch (error) {
    if (!(error instanceof HelpError)) throw error
    io.stdout(await helpOf(found, command))
    if (error.message !== '') throw new CommandError(error.message)
  }
  return await factory.finish()
}

function readable({ args, argsBeforeDash, flags }: ParsedLine) {
  return { args, argsBeforeDash, flags }
}

function warnDeprecated({ deprecated }: ParsedLine, io: Io): void {
  for (const flag of deprecated) {
    io.stderr(`Flag --${flag.name} has been deprecated, ${flag.deprecated}\n`)
  }
}

/** Flags of every command that do nothing here are not taken in silence. */
function refuseUnsupported(command: Command, { flags }: ParsedLine): void {
  const given = ['match-server-version', 'profile', 'vmodule'].find(
    (name) => flags.given(name) && !command.flags.some((own) => own.name === name),
  )
  if (given !== undefined) throw new CommandError(`--${given} is not supported by this kubectl yet`)
}

function requireFlags(command: Command, { flags }: ParsedLine): void {
  const missing = command.flags
    .filter(({ name, required }) => required === true && !flags.given(name))
    .map(({ name }) => `"${name}"`)
  if (missing.length > 0) throw new CommandError(`required flag(s) ${missing.join(', ')} not set`)
}

/** `kubectl` alone, or with a word that is no command. */
async function runRoot(found: Found, io: Io): Promise<number> {
  const line = parseLine(globalFlags, found.argv)
  const word = line.args[0]
  if (word === undefined || line.help || line.argsBeforeDash === 0) {
    const { rootHelp } = await import('./command-line/help.ts')
    io.stdout(rootHelp(commands))
    return 0
  }
  const [first = ''] = found.argv
  if (first.startsWith('-')) {
    throw new PlainError(`Error: flags cannot be placed before plugin name: ${first}`)
  }
  const { runPlugin } = await import('./plugins.ts')
  const code = await runPlugin(found.argv, io)
  if (code !== undefined) return code
  const { suggestions } = await import('./command-line/suggestions.ts')
  const near = suggestions(commands, word)
  const hint =
    near.length === 0 ? '' : `\n\nDid you mean this?\n${near.map((name) => `\t${name}\n`).join('')}`
  throw new CommandError(`unknown command "${word}" for "kubectl"${hint}`)
}

/** A command that only has subcommands: help, or a word that is none of them. */
async function runGroup(found: Found, command: Command, line: ParsedLine, io: Io): Promise<number> {
  if (line.args.length > 0) {
    throw new UsageError(`unknown command ${JSON.stringify(line.args.join(' '))}`)
  }
  const { stream, exitCode } = command.alone ?? { stream: 'stderr', exitCode: 1 }
  io[stream](await helpOf(found, command))
  return exitCode
}

async function helpOf({ path, row, subcommands }: Found, command: Command): Promise<string> {
  const { commandHelp } = await import('./command-line/help.ts')
  return commandHelp({ path, command, aliases: row?.aliases ?? [], subcommands })
}
