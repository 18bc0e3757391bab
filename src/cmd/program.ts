/** What every program of k8ts is: a name, a line for the list, and a main that is loaded when called. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'

export interface World {
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly clock: Clock
  /** A number in [0, 1). */
  readonly random: () => number
  readonly log: (verbosity: number) => Logger
  /** Aborts on SIGTERM and SIGINT. */
  readonly signal: AbortSignal
  readonly stdout: (text: string) => void
  readonly stderr: (text: string) => void
  /** The folder with bin/ and src/. */
  readonly installation: string
  /** The command that runs k8ts, without its arguments. */
  readonly self: readonly [string, ...string[]]
}

/** Resolves to the exit code. */
export type Main = (world: World) => Promise<number>

export interface Program {
  readonly summary: string
  load(): Promise<Main>
}
