/** Help pages in the layout of kubectl's. Upstream: kubectl pkg/util/templates/templater.go. */
import type { Command, CommandTable } from '#kubectl/command.ts'
import type { Flag } from './flag.ts'

const groups = [
  'Basic Commands (Beginner)',
  'Basic Commands (Intermediate)',
  'Deploy Commands',
  'Cluster Management Commands',
  'Troubleshooting and Debugging Commands',
  'Advanced Commands',
  'Settings Commands',
  'Subcommands provided by plugins',
  'Other Commands',
] as const

const optionsHint =
  'Use "kubectl options" for a list of global command-line options (applies to all commands).\n'

/** `kubectl --help`. */
export function rootHelp(table: CommandTable): string {
  const sections = groups.map((group) => {
    const rows = Object.entries(table).filter(
      ([, row]) => row.hidden !== true && (row.group ?? 'Other Commands') === group,
    )
    const width = 16
    const lines = rows.map(([name, { summary }]) => `  ${name.padEnd(width)}${summary}\n`)
    return `${group}:\n${lines.join('')}\n`
  })
  return `kubectl asks and changes a Kubernetes cluster.\n\n${sections.join('')}Usage:\n  kubectl [flags] [options]\n\nUse "kubectl <command> --help" for more information about a given command.\n${optionsHint}`
}

export interface HelpPage {
  readonly path: string
  readonly command: Command
  readonly aliases: readonly string[]
  readonly subcommands: CommandTable
}

/** `kubectl get --help`. */
export function commandHelp({ path, command, aliases, subcommands }: HelpPage): string {
  const parts = [
    command.about,
    aliases.length > 0 ? `Aliases:\n${[lastWord(path), ...aliases].join(', ')}` : '',
    examplesText(command.examples ?? []),
    subcommandsText(subcommands),
    flagsText(command.flags),
    `Usage:\n  kubectl ${usageLine(command)}`,
  ].filter((part) => part !== '')
  const more =
    Object.keys(subcommands).length === 0
      ? ''
      : `Use "kubectl ${path} <command> --help" for more information about a given command.\n`
  return `${parts.join('\n\n')}\n\n${more}${optionsHint}`
}

function usageLine({ use }: Command): string {
  return use.includes('[options]') ? use : `${use} [options]`
}

function lastWord(path: string): string {
  return path.slice(path.lastIndexOf(' ') + 1)
}

function examplesText(examples: readonly (readonly [string, string])[]): string {
  if (examples.length === 0) return ''
  return `Examples:\n${examples.map(([what, line]) => `  # ${what}\n  ${line}`).join('\n  \n')}`
}

function subcommandsText(table: CommandTable): string {
  const rows = Object.entries(table).filter(([, row]) => row.hidden !== true)
  if (rows.length === 0) return ''
  const width = Math.max(...rows.map(([name]) => name.length), 10) + 3
  return `Available Commands:\n${rows.map(([name, row]) => `  ${name.padEnd(width)} ${row.summary}`).join('\n')}`
}

/** `Options:`, by name; empty when there is none to list. */
export function flagsText(flags: readonly Flag[], heading = 'Options:\n'): string {
  const rows = flags.filter(isListed).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  if (rows.length === 0) return ''
  return `${heading}${rows.map(flagText).join('\n\n')}`
}

function isListed(flag: Flag): boolean {
  return flag.hidden !== true && flag.deprecated === undefined
}

function flagText(flag: Flag): string {
  const short = flag.short === undefined ? '' : `-${flag.short}, `
  return `    ${short}--${flag.name}=${defaultText(flag)}:\n\t${flag.usage}`
}

function defaultText(flag: Flag): string {
  const value = flag.default
  if (Array.isArray(value)) return `[${value.join(',')}]`
  if (flag.kind === 'string' && flag.bare !== true) return `'${String(value)}'`
  return String(value as string | number | boolean)
}
