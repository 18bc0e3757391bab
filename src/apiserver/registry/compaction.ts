/**
 * Forgets history that is older than five minutes or so: every interval it compacts to the revision
 * that was current an interval ago. Upstream: etcd3/compact.go.
 */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { localCompactor, type Compactor } from '#storage/compactor.ts'
import type { Storage } from '#storage/storage.ts'
import { limits } from './limits.ts'

export interface CompactionOptions {
  /** --etcd-compaction-interval; 0: never. */
  readonly intervalMs: number
  readonly compactor: Compactor
}

export interface CompactionParts {
  readonly storage: Storage
  readonly clock: Clock
  readonly log: Logger
  /** Default: what the store holds is this server's alone. */
  readonly compaction?: CompactionOptions
}

export function startCompaction(parts: CompactionParts): AsyncDisposable {
  const compaction = parts.compaction ?? {
    intervalMs: limits.compactionIntervalMs,
    compactor: localCompactor(parts.storage),
  }
  const stopping = new AbortController()
  const running =
    compaction.intervalMs === 0
      ? Promise.resolve()
      : compactForever(compaction, parts, stopping.signal)
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await running
    },
  }
}

async function compactForever(
  { intervalMs, compactor }: CompactionOptions,
  { clock, log }: Pick<CompactionParts, 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await compactor.turn()
    } catch (error) {
      if (!signal.aborted) log.error('Compaction failed', error)
    }
    await clock.sleep(intervalMs, signal)
  }
}
