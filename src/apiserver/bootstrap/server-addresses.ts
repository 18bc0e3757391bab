/**
 * Where the API servers of the cluster are. A server that has its store for itself knows; those that share
 * one keep a key each in it, which goes when its server goes without a word.
 * Upstream: pkg/controlplane/reconcilers/lease.go, v1.36.
 */
import type { ApiServerOptions } from '#apiserver/server-options.ts'
import type { Storage } from '#storage/storage.ts'

export interface ServerAddresses {
  /** Sorted; this server's own is among them from its first {@link renew} on. */
  all(): Promise<readonly string[]>
  /** This server serves: to be told again within {@link leaseLimits}. */
  renew(): Promise<void>
  /** It does not any more. */
  leave(): Promise<void>
}

/** Upstream: DefaultEndpointReconcilerTTL and DefaultEndpointReconcilerInterval. */
export const leaseLimits = { ttlSeconds: 15, intervalMs: 10_000 } as const

const prefix = '/registry/masterleases/'

export function serverAddresses(
  options: Pick<ApiServerOptions, 'advertiseAddress' | 'isStoreShared' | 'storage'>,
): ServerAddresses {
  const { advertiseAddress: own, storage } = options
  if (options.isStoreShared === true) return leasedAddresses(storage, own)
  return { all: async () => [own], renew: async () => {}, leave: async () => {} }
}

function leasedAddresses(storage: Storage, own: string): ServerAddresses {
  const key = prefix + own
  const bytes = Buffer.from(
    JSON.stringify({
      kind: 'Endpoints',
      apiVersion: 'v1',
      metadata: {},
      subsets: [{ addresses: [{ ip: own }] }],
    }),
  )
  return {
    async all() {
      const { entries } = await storage.range({ prefix, limit: 0 })
      return entries.map((entry) => entry.key.slice(prefix.length))
    },
    async renew() {
      const options = { ttlSeconds: leaseLimits.ttlSeconds }
      for (;;) {
        const known = await storage.get(key)
        const outcome =
          known === undefined
            ? await storage.create(key, { bytes }, options)
            : await storage.update(key, { bytes }, known.revision, options)
        if (outcome.ok) return // else it expired meanwhile
      }
    },
    async leave() {
      const known = await storage.get(key)
      if (known !== undefined) await storage.delete(key, known.revision)
    },
  }
}
