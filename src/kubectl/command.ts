/** What a command is: its file exports one as `command`. */
import type { Flag } from './command-line/flag.ts'
import type { FlagValues } from './command-line/parse.ts'
import type { Factory } from './factory.ts'
import type { Io } from './io.ts'

export interface Command {
  /** After `kubectl`, in upstream's notation: `get (TYPE | TYPE/NAME …) [flags]`. */
  readonly use: string
  /** One or more paragraphs: what it does. */
  readonly about: string
  /** Command lines with a line before each that says what it shows. */
  readonly examples?: readonly (readonly [what: string, line: string])[]
  readonly flags: readonly Flag[]
  /** Of a command that only has subcommands: how it shows its help alone. Default: stderr, 1. */
  readonly alone?: { readonly stream: 'stdout' | 'stderr'; readonly exitCode: number }
  /** What failures exit with, flags that are wrong included. Default: 1, which means something else to diff. */
  readonly failureExitCode?: number
  /** Rejects with one of `errors.ts`, a StatusError or a ConnectionError. */
  run?(call: Call): Promise<void>
}

export interface Call {
  /** `get`, `rollout status`: as upstream's user agent and texts name it. */
  readonly path: string
  readonly args: readonly string[]
  /** How many of `args` stood before `--`; undefined: there was none. */
  readonly argsBeforeDash: number | undefined
  readonly flags: FlagValues
  readonly io: Io
  readonly factory: Factory
}

/** A row of a table of commands; its module is loaded when it is called. */
export interface CommandRow {
  readonly summary: string
  /** The heading under which `kubectl --help` lists it. */
  readonly group?: string
  readonly aliases?: readonly string[]
  readonly hidden?: boolean
  load?(): Promise<Command>
  /** Subcommands. */
  readonly commands?: () => Promise<CommandTable>
}

export type CommandTable = Readonly<Record<string, CommandRow>>
