/**
 * Which command a line calls: flags may stand before and between the words of a command.
 * Upstream: spf13/cobra, command.go (Find, stripFlags, argsMinusFirstX).
 */
import type { Command, CommandRow, CommandTable } from '#kubectl/command.ts'
import type { Flag } from './flag.ts'
import { globalFlags } from './flag-sets.ts'

export interface Found {
  /** `rollout status`; empty: the program itself. */
  readonly path: string
  readonly row: CommandRow | undefined
  readonly command: Command | undefined
  readonly subcommands: CommandTable
  /** The line without the words of the command. */
  readonly argv: readonly string[]
}

export async function findCommand(table: CommandTable, argv: readonly string[]): Promise<Found> {
  let found: Found = { path: '', row: undefined, command: undefined, subcommands: table, argv }
  for (;;) {
    const flags = [...globalFlags, ...(found.command?.flags ?? [])]
    const at = firstWord(found.argv, flags)
    if (at === undefined) return found
    const word = found.argv[at] as string
    const next = Object.entries(found.subcommands).find(
      ([name, row]) => name === word || row.aliases?.includes(word) === true,
    )
    if (next === undefined) return found
    const [name, row] = next
    found = {
      path: found.path === '' ? name : `${found.path} ${name}`,
      row,
      command: await row.load?.(),
      subcommands: (await row.commands?.()) ?? {},
      argv: found.argv.toSpliced(at, 1),
    }
    if (Object.keys(found.subcommands).length === 0) return found
  }
}

/** The index of the first word that is neither a flag nor a flag's value; nothing after `--`. */
function firstWord(argv: readonly string[], flags: readonly Flag[]): number | undefined {
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] as string
    if (word === '--') return undefined
    if (!word.startsWith('-') || word === '-') {
      if (word !== '') return at
    } else if (takesNext(word, flags)) at += 1
  }
  return undefined
}

function takesNext(word: string, flags: readonly Flag[]): boolean {
  if (word.includes('=')) return false
  const flag = word.startsWith('--')
    ? flags.find(({ name }) => name === word.slice(2))
    : word.length === 2
      ? flags.find(({ short }) => short === word[1])
      : undefined
  if (flag === undefined) return word.startsWith('--') ? word !== '--help' : false
  return flag.alone === undefined
}
