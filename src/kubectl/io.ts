/** What a command may touch of its process: given by `cmd/kubectl.ts`, faked in tests. */
import type { Clock } from '#base/clock.ts'

export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly clock: Clock
  /** A number in [0, 1). */
  readonly random: () => number
  /** Aborts on SIGINT and SIGTERM. */
  readonly signal: AbortSignal
  readonly pid: number
  /** As Go names it: `linux/amd64`. */
  readonly platform: string
  /** Written at once, in order, with stderr. */
  stdout(text: string | Uint8Array): void
  stderr(text: string | Uint8Array): void
  /** All of standard input. */
  readStdin(): Promise<string>
  /** Until disposed, SIGINT and SIGTERM only abort `signal`: the command ends by itself, in its own way. */
  holdInterrupts(): Disposable
  /** Standard input as it comes; a terminal's size and raw mode. Loaded when a command streams. */
  terminal(): Promise<Terminal>
}

export interface Terminal {
  readonly stdin: NodeJS.ReadableStream
  readonly stdinIsTty: boolean
  readonly stdoutIsTty: boolean
  /** Columns and rows now; undefined without a terminal. */
  size(): { readonly columns: number; readonly rows: number } | undefined
  onResize(listener: () => void): Disposable
  /** Keys as they are typed, without echo, until disposed. */
  raw(): Disposable
}
