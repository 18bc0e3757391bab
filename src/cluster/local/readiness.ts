/** Waiting for parts of a starting cluster: each wait has a limit and says what it waited for. */
import { open } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Clock } from '#base/clock.ts'
import { UserError } from '#base/user-error.ts'

const pollMs = 20
const logTailBytes = 4096

export interface Wait {
  /** Completes "waiting for …". */
  readonly what: string
  readonly timeoutMs: number
  /** Its last lines go into the error. */
  readonly log?: string
}

/** Resolves when `check` does; its failures are shown when the time is up. */
export async function waitUntil(
  wait: Wait,
  check: () => Promise<boolean>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const deadlineMs = clock.monotonicMs() + wait.timeoutMs
  let last: unknown
  while (!signal.aborted) {
    try {
      if (await check()) return
    } catch (error) {
      last = error
    }
    if (clock.monotonicMs() > deadlineMs) throw await timedOut(wait, last)
    await clock.sleep(pollMs, signal)
  }
  throw new UserError(`interrupted while waiting for ${wait.what}`)
}

/** Whether something listens on the Unix socket. */
export function socketAnswers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

async function timedOut(wait: Wait, last: unknown): Promise<UserError> {
  const seconds = wait.timeoutMs / 1000
  const reason = last instanceof Error ? `: ${last.message}` : ''
  const tail = wait.log === undefined ? '' : await tailOf(wait.log)
  return new UserError(`waited ${seconds} s for ${wait.what}${reason}${tail}`)
}

async function tailOf(path: string): Promise<string> {
  const file = await open(path).catch(() => undefined)
  if (file === undefined) return ''
  await using closing = file
  const { size } = await closing.stat()
  const { buffer, bytesRead } = await closing.read({
    buffer: Buffer.alloc(logTailBytes),
    position: Math.max(0, size - logTailBytes),
  })
  return `\nThe end of ${path}:\n${buffer.toString('utf8', 0, bytesRead)}`
}
