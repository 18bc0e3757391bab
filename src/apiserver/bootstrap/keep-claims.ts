/** Cluster IPs and node ports are repaired at the start and every few minutes. */
import { createClaims } from '#apiserver/registry/services/claims.ts'
import { ClaimRepair, repairLimits } from '#apiserver/registry/services/repair-claims.ts'
import type { Assembly } from '#apiserver/server.ts'

/** Undefined: this server has no Services. */
export function claimRepair({ options, registry }: Assembly): ClaimRepair | undefined {
  if (options.resources !== undefined || options.parts.allocators === undefined) return undefined
  const { storage, clock, serviceNodePortRange: range } = options
  const { objects } = registry
  const nodePortRange = { first: range.from, last: range.to }
  const claims = createClaims({ objects, storage, nodePortRange })
  return new ClaimRepair({ objects, claims, nowMs: () => clock.nowMs() })
}

export function keepClaims({ options }: Assembly, repair: ClaimRepair): AsyncDisposable {
  const stopping = new AbortController()
  const { signal } = stopping
  const running = (async () => {
    for (;;) {
      await options.clock.sleep(repairLimits.intervalMs, signal)
      if (signal.aborted) return
      await repair.run().catch((error: unknown) => {
        options.log.error('Cluster IPs and node ports could not be repaired', error)
      })
    }
  })()
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await running
    },
  }
}
