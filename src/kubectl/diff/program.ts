/**
 * The program that shows differences: `diff -u -N`, or what KUBECTL_EXTERNAL_DIFF says. No shell reads it.
 * Upstream: kubectl pkg/cmd/diff/diff.go, DiffProgram.
 */
import { spawn } from 'node:child_process'
import { goQuote } from '#api/meta/go-quote.ts'
import { CommandError, ExitError } from '#kubectl/errors.ts'
import type { Io } from '#kubectl/io.ts'

/** Rejects with ExitError when there are differences, CommandError when the program fails. */
export async function showDifferences(from: string, to: string, io: Io): Promise<void> {
  const { program, args } = commandFor(from, to, io)
  const code = await run(program, args, io).catch((error: unknown) => {
    throw new CommandError(`failed to run ${goQuote(program)}: ${failureText(error, program)}`)
  })
  if (code === 1) throw new ExitError(1)
  if (code > 1) throw new CommandError(`failed to run ${goQuote(program)}: exit status ${code}`)
}

interface ProgramCall {
  readonly program: string
  readonly args: readonly string[]
}

/** The words of the variable follow the folders; odd ones are passed over. */
function commandFor(from: string, to: string, { env }: Io): ProgramCall {
  const external = env['KUBECTL_EXTERNAL_DIFF'] ?? ''
  if (external === '') return { program: 'diff', args: ['-u', '-N', from, to] }
  const [program = '', ...words] = external.split(' ')
  return { program, args: [from, to, ...words.filter((word) => /^[a-zA-Z0-9-=]+$/.test(word))] }
}

function run(program: string, args: readonly string[], io: Io): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...io.env },
    cwd: io.cwd,
    signal: io.signal,
  })
  child.stdout.on('data', (chunk: Uint8Array) => io.stdout(chunk))
  child.stderr.on('data', (chunk: Uint8Array) => io.stderr(Buffer.from(chunk).toString()))
  child.once('error', reject)
  child.once('close', (code) => resolve(code ?? 2))
  return promise
}

/** Upstream: k8s.io/utils/exec, handleError. */
function failureText(error: unknown, program: string): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'executable file not found in $PATH'
  return code === 'EACCES' ? `exec: ${goQuote(program)}: permission denied` : message
}
