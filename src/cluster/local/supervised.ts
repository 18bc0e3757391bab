/** The cluster's programs as supervised processes: each has a shell that starts it again (bin/supervise). */
import { spawn } from 'node:child_process'
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '#base/clock.ts'
import type { Paths } from './paths.ts'

export interface Program {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  readonly env?: Readonly<Record<string, string>>
}

const limits = {
  /** Graceful shutdown (draining watches, flushing the database) takes well under this. */
  stopTimeoutMs: 20_000,
  stopPollMs: 20,
  /** A longer log is kept once as .old; bin/supervise does the same when it starts a program again. */
  logBytes: 16 << 20,
} as const

export function logOf(paths: Paths, name: string): string {
  return join(paths.logs, `${name}.log`)
}

/** Starts the program, again if it runs with other arguments; returns whether it was started. */
export async function startProgram(
  paths: Paths,
  supervisor: string,
  program: Program,
  clock: Clock,
): Promise<boolean> {
  const log = logOf(paths, program.name)
  const line = ['/bin/sh', supervisor, paths.run, program.name, log, ...program.command] as const
  const running = await supervisorPid(paths, program.name)
  if (running !== undefined) {
    if ((await commandLine(running)) === line.join('\0')) return false
    await stopProgram(paths, program.name, clock)
  }
  await mkdir(paths.run, { recursive: true, mode: 0o755 })
  await mkdir(paths.logs, { recursive: true, mode: 0o750 })
  const written = await stat(log).catch(() => undefined)
  if (written !== undefined && written.size > limits.logBytes) await rename(log, `${log}.old`)
  const [shell, ...words] = line
  const child = spawn(shell, words, {
    detached: true,
    stdio: 'ignore',
    cwd: '/',
    env: { ...process.env, ...program.env },
  })
  child.unref()
  return true
}

/** Ends the program and its supervisor; resolves when both are gone. */
export async function stopProgram(paths: Paths, name: string, clock: Clock): Promise<void> {
  const supervisor = await supervisorPid(paths, name)
  const child = await readPid(join(paths.run, `${name}.child`))
  if (supervisor !== undefined) signal(supervisor, 'SIGTERM')
  else if (child !== undefined && (await belongs(child, name, paths))) signal(child, 'SIGTERM')
  const deadlineMs = clock.monotonicMs() + limits.stopTimeoutMs
  const never = new AbortController().signal
  for (const pid of [child, supervisor]) {
    if (pid === undefined) continue
    while (alive(pid) && clock.monotonicMs() < deadlineMs)
      await clock.sleep(limits.stopPollMs, never)
    if (alive(pid)) signal(pid, 'SIGKILL')
  }
  await rm(join(paths.run, `${name}.pid`), { force: true })
  await rm(join(paths.run, `${name}.child`), { force: true })
}

export type ProgramState = 'Running' | 'Stopped'

export async function programState(paths: Paths, name: string): Promise<ProgramState> {
  const child = await readPid(join(paths.run, `${name}.child`))
  return child !== undefined && alive(child) ? 'Running' : 'Stopped'
}

/** The supervising shell, if it lives and is ours (process ids are used again after a reboot). */
async function supervisorPid(paths: Paths, name: string): Promise<number | undefined> {
  const pid = await readPid(join(paths.run, `${name}.pid`))
  return pid !== undefined && (await belongs(pid, name, paths)) ? pid : undefined
}

async function belongs(pid: number, name: string, paths: Paths): Promise<boolean> {
  const line = await commandLine(pid)
  return line.includes(name) && (line.includes(paths.run) || line.includes(paths.state))
}

/** The words with NUL between them; '' when the process is gone. */
async function commandLine(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return text.replace(/\0$/, '')
}

async function readPid(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return /^\d+$/.test(text.trim()) ? Number(text) : undefined
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name)
  } catch {
    // It has ended by itself, which is what the caller wants.
  }
}
