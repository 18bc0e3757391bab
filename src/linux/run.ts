/** Programs of the system, run without a shell, with a deadline and an end to what they may print. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'

export interface RunOptions {
  /** Written to standard input, which is then closed. */
  readonly input?: string
  /** The program is killed after this; the default is `runLimits.timeoutMs`. */
  readonly timeoutMs?: number
  /** Of standard output; more kills the program. The default is `runLimits.outputBytesMax`. */
  readonly outputBytesMax?: number
  readonly env?: Readonly<Record<string, string>>
  /** The folder it runs in. */
  readonly cwd?: string
  readonly signal?: AbortSignal
}

/** Resolves with what the program printed on standard output; rejects with a CommandError. */
export type Run = (
  program: string,
  args: readonly string[],
  options?: RunOptions,
) => Promise<string>

export const runLimits = {
  timeoutMs: 30_000,
  /** iptables-save of 10,000 Services is about 30 MB. */
  outputBytesMax: 256 * 1024 * 1024,
  /** Enough for any message that a person reads. */
  stderrBytesMax: 16 * 1024,
} as const

/** A program that could not be started, failed, took too long or printed too much. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly command: string
  /** Undefined when the program never ran or was killed. */
  readonly exitCode: number | undefined
  readonly stderr: string

  constructor(
    command: string,
    reason: string,
    detail: { exitCode?: number; stderr?: string } = {},
  ) {
    const stderr = detail.stderr?.trim() ?? ''
    super(`${command}: ${reason}${stderr === '' ? '' : `: ${stderr}`}`)
    this.command = command
    this.exitCode = detail.exitCode
    this.stderr = stderr
  }
}

/** Whether a command failed because its program is not installed. */
export function isMissingProgram(error: unknown): boolean {
  return error instanceof CommandError && error.message.endsWith(`: ${missing}`)
}

const missing = 'no such program'

/** Runs a program of the host. */
export const run: Run = (program, args, options = {}) => {
  const command = [program, ...args].join(' ')
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = spawn(program, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeoutMs ?? runLimits.timeoutMs,
    killSignal: 'SIGKILL',
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...process.env, ...options.env } }),
  })
  const stdout = collect(child, 'stdout', options.outputBytesMax ?? runLimits.outputBytesMax)
  const stderr = collect(child, 'stderr', runLimits.stderrBytesMax)
  child.once('error', (error) => reject(new CommandError(command, startFailure(error))))
  child.once('close', (code, signal) => {
    if (code === 0) return resolve(stdout.text())
    const reason = stdout.overflowed()
      ? 'printed too much'
      : code === null
        ? `was killed by ${signal}${options.signal?.aborted === true ? '' : ' (deadline)'}`
        : `exit status ${code}`
    reject(
      new CommandError(command, reason, {
        ...(code === null ? {} : { exitCode: code }),
        stderr: stderr.text(),
      }),
    )
  })
  // A program that does not read its input closes the pipe; its exit status tells the story.
  child.stdin.on('error', () => undefined)
  child.stdin.end(options.input)
  return promise
}

/** The same runner inside the network namespace at `path`, such as `/run/netns/node-1`. */
export function inNetworkNamespace(inner: Run, path: string): Run {
  return (program, args, options) =>
    inner('nsenter', [`--net=${path}`, '--', program, ...args], options)
}

interface Collected {
  text(): string
  overflowed(): boolean
}

/** Too much output kills the program; too much on standard error is cut. */
function collect(child: ChildProcess, stream: 'stdout' | 'stderr', bytesMax: number): Collected {
  const chunks: Buffer[] = []
  let bytes = 0
  let overflowed = false
  child[stream]?.on('data', (chunk: Buffer) => {
    if (bytes + chunk.length > bytesMax) {
      overflowed = true
      if (stream === 'stdout') child.kill('SIGKILL')
      chunk = chunk.subarray(0, bytesMax - bytes)
    }
    bytes += chunk.length
    chunks.push(chunk)
  })
  return { text: () => Buffer.concat(chunks).toString(), overflowed: () => overflowed }
}

function startFailure(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return missing
  if (error.name === 'AbortError') return 'aborted'
  return error.message
}
