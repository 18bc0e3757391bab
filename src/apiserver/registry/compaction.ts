/**
 * Forgets history that is older than five minutes or so: every interval it compacts to the revision
 * that was current an interval ago. Upstream: etcd3/compact.go.
 */
import type { Engine } from './engine.ts'
import { limits } from './limits.ts'

export function startCompaction(
  engine: Pick<Engine, 'storage' | 'clock' | 'log'>,
): AsyncDisposable {
  const stopping = new AbortController()
  const running = compactForever(engine, stopping.signal)
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await running
    },
  }
}

async function compactForever(
  { storage, clock, log }: Pick<Engine, 'storage' | 'clock' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  let target = await storage.revision()
  for (;;) {
    await clock.sleep(limits.compactionIntervalMs, signal)
    if (signal.aborted) return
    try {
      const newest = await storage.revision()
      await storage.compact(target)
      target = newest
    } catch (error) {
      if (!signal.aborted) log.error('Compaction failed', error)
    }
  }
}
