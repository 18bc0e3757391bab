/**
 * Our terminal while a remote one is shown in it. Upstream: kubectl pkg/util/term/{term,resize}.go,
 * pkg/cmd/exec/exec.go (SetupTTY).
 */
import type { Io, Terminal } from '#kubectl/io.ts'

export interface TerminalSize {
  readonly columns: number
  readonly rows: number
}

export interface TerminalSizes {
  /** Calls back with each size, the present one first, until disposed. */
  follow(fn: (size: TerminalSize) => void): Disposable
}

export interface TtyOptions {
  readonly stdin: boolean
  readonly tty: boolean
  readonly quiet: boolean
}

export interface Tty {
  /** Undefined: the command gets no input. */
  readonly stdin: NodeJS.ReadableStream | undefined
  /** Both ends are terminals: keys pass as they are typed. */
  readonly raw: boolean
  readonly terminal: Terminal
}

/** A terminal is wanted, input passed and ours is one; otherwise says that it cannot be had. */
export async function setUpTty(io: Io, { stdin, tty, quiet }: TtyOptions): Promise<Tty> {
  const terminal = await io.terminal()
  if (!stdin) return { stdin: undefined, raw: false, terminal }
  const raw = tty && terminal.stdinIsTty
  if (tty && !raw && !quiet) {
    io.stderr('Unable to use a TTY - input is not a terminal or the right kind of file\n')
  }
  return { stdin: terminal.stdin, raw, terminal }
}

/** The present size, and each later one. `first` goes before it. */
export function sizesOf(
  terminal: Terminal,
  first: (size: TerminalSize) => readonly TerminalSize[] = () => [],
): TerminalSizes {
  return {
    follow(fn) {
      const now = terminal.size()
      if (now !== undefined) for (const size of [...first(now), now]) fn(size)
      return terminal.onResize(() => {
        const size = terminal.size()
        if (size !== undefined) fn(size)
      })
    },
  }
}
