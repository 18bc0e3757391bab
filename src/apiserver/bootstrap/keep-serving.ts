/** While this server serves, its address is among the cluster's; when it ends, it goes at once. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { leaseLimits, type ServerAddresses } from './server-addresses.ts'

export interface KeepServingOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly addresses: ServerAddresses
  /** Makes the `kubernetes` Service lead to all addresses. */
  readonly ensure: () => Promise<void>
}

export function keepServing({
  clock,
  log,
  addresses,
  ensure,
}: KeepServingOptions): AsyncDisposable {
  const stopping = new AbortController()
  const { signal } = stopping
  const attempt = async (run: () => Promise<void>): Promise<void> => {
    try {
      await run()
      await ensure()
    } catch (error) {
      log.error('The addresses of the kubernetes Service could not be kept', error)
    }
  }
  const running = (async () => {
    for (;;) {
      await clock.sleep(leaseLimits.intervalMs, signal)
      if (signal.aborted) return
      await attempt(() => addresses.renew())
    }
  })()
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await running
      await attempt(() => addresses.leave())
    },
  }
}
