/**
 * Answers to the shell's completion scripts: commands, flags, values, names.
 * Upstream: spf13/cobra, completions.go; kubectl pkg/util/completion/completion.go.
 */
import type { Call, CommandTable } from '#kubectl/command.ts'
import { commands } from '#kubectl/commands.ts'
import { Factory } from '#kubectl/factory.ts'
import type { Io } from '#kubectl/io.ts'
import { findCommand } from './find.ts'
import type { Found } from './find.ts'
import type { Flag } from './flag.ts'
import { globalFlags } from './flag-sets.ts'
import { parseLine } from './parse.ts'

interface Offer {
  readonly words: readonly (readonly [word: string, description: string])[]
  readonly directive: number
}

const directives = { default: 0, noSpace: 2, noFile: 4 } as const

const names: Readonly<Record<number, string>> = {
  0: 'ShellCompDirectiveDefault',
  2: 'ShellCompDirectiveNoSpace',
  4: 'ShellCompDirectiveNoFileComp',
}

export async function complete(
  argv: readonly string[],
  io: Io,
  { descriptions }: { readonly descriptions: boolean },
): Promise<number> {
  const line = argv.slice(0, -1)
  const toComplete = argv.at(-1) ?? ''
  const { words, directive } = await offer(await findCommand(commands, line), toComplete, io)
  const text = words.map(([word, about]) =>
    descriptions && about !== '' ? `${word}\t${about}\n` : `${word}\n`,
  )
  io.stdout(`${text.join('')}:${directive}\n`)
  io.stderr(`Completion ended with directive: ${names[directive]}\n`)
  return 0
}

async function offer(found: Found, toComplete: string, io: Io): Promise<Offer> {
  const flags = [...(found.command?.flags ?? []), ...globalFlags]
  if (toComplete.startsWith('-')) return flagOffer(flags, toComplete)
  const awaiting = flagAwaitingValue(flags, found.argv)
  if (awaiting !== undefined) {
    const values = awaiting.values ?? []
    if (values.length === 0) return { words: [], directive: directives.default }
    return { words: startingWith(values, toComplete), directive: directives.noFile }
  }
  const subcommands = subcommandOffer(found.subcommands, toComplete)
  if (Object.keys(found.subcommands).length > 0) {
    return { words: subcommands, directive: directives.noFile }
  }
  const { command, path } = found
  if (command?.complete === undefined) return { words: [], directive: directives.noFile }
  const line = parseLine([...globalFlags, ...command.flags], found.argv)
  const factory = new Factory(line.flags, io, path)
  const { args, argsBeforeDash, flags: values } = line
  const call: Call = { path, args, argsBeforeDash, flags: values, io, factory }
  const offered = await command.complete(call, toComplete)
  return { words: startingWith(offered, toComplete), directive: directives.noFile }
}

function startingWith(words: readonly string[], toComplete: string): Offer['words'] {
  return words.filter((word) => word.startsWith(toComplete)).map((word) => [word, ''])
}

function subcommandOffer(table: CommandTable, toComplete: string): Offer['words'] {
  return Object.entries(table)
    .filter(([name, row]) => row.hidden !== true && name.startsWith(toComplete))
    .map(([name, { summary }]): readonly [string, string] => [name, summary])
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
}

function flagOffer(flags: readonly Flag[], toComplete: string): Offer {
  const words = flags
    .filter(({ hidden, deprecated }) => hidden !== true && deprecated === undefined)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((flag): (readonly [string, string])[] => {
      const long =
        flag.alone === undefined ? [`--${flag.name}`, `--${flag.name}=`] : [`--${flag.name}`]
      const short = flag.short === undefined ? [] : [`-${flag.short}`]
      return [...long, ...short]
        .filter((word) => word.startsWith(toComplete))
        .map((word) => [word, flag.usage])
    })
  return { words, directive: directives.noFile }
}

/** The last word is a flag that wants the next one. */
function flagAwaitingValue(flags: readonly Flag[], argv: readonly string[]): Flag | undefined {
  const last = argv.at(-1) ?? ''
  const flag = flags.find(
    ({ name, short }) => last === `--${name}` || (short !== undefined && last === `-${short}`),
  )
  return flag?.alone === undefined ? flag : undefined
}
