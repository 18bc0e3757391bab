/** kubectl: finds the command, reads its line, runs it, says what went wrong. */
import { commandHelp, rootHelp } from './command-line/help.ts'
import { findCommand, suggestions } from './command-line/find.ts'
import type { Found } from './command-line/find.ts'
import { globalFlags } from './command-line/flag-sets.ts'
import { parseLine } from './command-line/parse.ts'
import type { ParsedLine } from './command-line/parse.ts'
import type { Command } from './command.ts'
import { commands } from './commands.ts'
import { CommandError, HelpError, UsageError } from './errors.ts'
import { Factory } from './factory.ts'
import { report } from './failure.ts'
import type { Io } from './io.ts'

/** Resolves to the exit code; never rejects for what a user or a server did. */
export async function runKubectl(argv: readonly string[], io: Io): Promise<number> {
  if (argv[0] === '__complete' || argv[0] === '__completeNoDesc') {
    const { complete } = await import('./command-line/complete.ts')
    return await complete(argv.slice(1), io, { descriptions: argv[0] === '__complete' })
  }
  let found: Found | undefined
  try {
    found = await findCommand(commands, argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv)
    return await runFound(found, io)
  } catch (error) {
    return report(error, found?.path ?? '', io)
  }
}

async function runFound(found: Found, io: Io): Promise<number> {
  const { path, row, command } = found
  if (row === undefined) return await runRoot(found, io)
  if (command === undefined) {
    throw new CommandError(`kubectl ${path} is not supported by this kubectl yet`)
  }
  const line = parseLine([...globalFlags, ...command.flags], found.argv)
  warnDeprecated(line, io)
  if (line.help) return printHelp(found, command, io)
  if (command.run === undefined) return runGroup(found, command, line, io)
  requireFlags(command, line)
  const factory = new Factory(line.flags, io, path)
  try {
    await command.run({ path, io, factory, ...readable(line) })
  } catch (error) {
    if (!(error instanceof HelpError)) throw error
    printHelp(found, command, io)
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
    io.stdout(rootHelp(commands))
    return 0
  }
  const { runPlugin } = await import('./plugins.ts')
  const code = await runPlugin(found.argv, io)
  if (code !== undefined) return code
  const near = suggestions(commands, word)
  const hint =
    near.length === 0 ? '' : `\n\nDid you mean this?\n${near.map((name) => `\t${name}\n`).join('')}`
  throw new CommandError(`unknown command "${word}" for "kubectl"${hint}`)
}

/** A command that only has subcommands: help, or a word that is none of them. */
function runGroup(found: Found, command: Command, line: ParsedLine, io: Io): number {
  const word = line.args[0]
  if (word !== undefined)
    throw new UsageError(`unknown command ${JSON.stringify(line.args.join(' '))}`)
  const { path, row, subcommands } = found
  const help = commandHelp({ path, command, aliases: row?.aliases ?? [], subcommands })
  const { stream, exitCode } = command.alone ?? { stream: 'stderr', exitCode: 1 }
  io[stream](help)
  return exitCode
}

function printHelp(found: Found, command: Command, io: Io): number {
  const { path, row, subcommands } = found
  io.stdout(commandHelp({ path, command, aliases: row?.aliases ?? [], subcommands }))
  return 0
}
