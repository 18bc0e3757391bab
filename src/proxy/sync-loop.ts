/**
 * When to write rules: soon after a change, together with the changes that come with it; when the kernel
 * lost them; and again after a failure, later and later.
 */
import { backoffMs } from '#base/backoff.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { limits } from './limits.ts'
import type { Proxier, SyncResult } from './proxier.ts'
import type { Wakeup } from './wakeup.ts'

export interface SyncLoop {
  readonly proxier: Proxier
  readonly wakeup: Wakeup
  readonly clock: Clock
  readonly log: Logger
  /** Changes within this time of each other are written together. */
  readonly batchMs: number
  /** How often the kernel's rules are checked. */
  readonly verifyMs: number
  /** After each successful write. */
  synced(result: SyncResult, durationMs: number): Promise<void>
  /** After each write that the kernel refused. */
  failed(kind: SyncResult['kind']): void
  /** The rules are as they should be: after each write, and after each check. */
  healthy(): void
}

/** Runs until the signal aborts; writes everything first. */
export async function runSyncLoop(loop: SyncLoop, signal: AbortSignal): Promise<void> {
  const { clock, wakeup } = loop
  let verifyAtMs = clock.monotonicMs() + loop.verifyMs
  let failures = 0
  wakeup.set()
  while (!signal.aborted) {
    const woken = await wakeup.wait(verifyAtMs - clock.monotonicMs(), signal)
    if (woken) await clock.sleep(loop.batchMs, signal)
    if (signal.aborted) return
    if (woken) wakeup.clear()
    const startedMs = clock.monotonicMs()
    try {
      let damaged = false
      if (startedMs >= verifyAtMs) {
        damaged = await isDamaged(loop)
        const spentMs = clock.monotonicMs() - startedMs
        verifyAtMs = clock.monotonicMs() + Math.max(loop.verifyMs, spentMs / limits.verifyShare)
      }
      if (woken || damaged) await write(loop)
      failures = 0
      loop.healthy()
      // Under constant change, at least half of the time is somebody else's.
      await clock.sleep(clock.monotonicMs() - startedMs, signal)
    } catch (error) {
      if (signal.aborted) return
      failures++
      await recover(loop, error, failures, signal)
    }
  }
}

async function recover(
  { clock, log, wakeup }: SyncLoop,
  error: unknown,
  failures: number,
  signal: AbortSignal,
): Promise<void> {
  const { retryMsMin, retryMsMax } = limits
  const retryMs = backoffMs({ initialMs: retryMsMin, maxMs: retryMsMax, factor: 2 }, failures)
  log.error('writing the rules failed', error, { retryMs })
  await clock.sleep(retryMs, signal)
  wakeup.set()
}

async function write(loop: SyncLoop): Promise<void> {
  const { proxier, clock, log } = loop
  const startedMs = clock.monotonicMs()
  const kind = proxier.nextSync
  let result: SyncResult
  try {
    result = await proxier.sync()
  } catch (error) {
    loop.failed(kind)
    throw error
  }
  const durationMs = clock.monotonicMs() - startedMs
  log.v(2)?.info('rules written', { kind, ports: result.changes.length, durationMs })
  await loop.synced(result, durationMs)
}

async function isDamaged({ proxier, log }: SyncLoop): Promise<boolean> {
  const damage = await proxier.verify()
  if (damage !== undefined) log.warning('somebody changed our rules: writing them anew', { damage })
  return damage !== undefined
}
