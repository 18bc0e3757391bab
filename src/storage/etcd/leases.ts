/**
 * Leases for keys that expire. Keys that are written within a minute or so of each other share one, as
 * etcd pays for each lease; so a key may live a little longer than it was asked to.
 * Upstream: staging/src/k8s.io/apiserver/pkg/storage/etcd3/lease_manager.go.
 */
import type { Clock } from '#base/clock.ts'
import { limits } from './limits.ts'

export interface LeasesOptions {
  readonly clock: Clock
  /** A number in [0, 1). */
  readonly random: () => number
  /** --lease-reuse-duration-seconds */
  readonly reuseSeconds?: number
  grant(id: number, ttlSeconds: number): Promise<void>
}

interface Lease {
  readonly id: number
  /** By the monotonic clock. */
  readonly expiresMs: number
  keys: number
}

export class Leases {
  readonly #options: LeasesOptions
  #newest: { readonly id: number; readonly granted: Promise<Lease> } | undefined

  constructor(options: LeasesOptions) {
    this.#options = options
  }

  /** The id of a lease that lives for at least so long. */
  async take(ttlSeconds: number): Promise<number> {
    const known = this.#newest
    const lease = await known?.granted.catch(() => undefined)
    if (lease !== undefined && this.#suits(lease, ttlSeconds)) {
      lease.keys++
      return lease.id
    }
    // Somebody else may have asked for another one meanwhile.
    return this.#newest === known ? this.#grant(ttlSeconds) : this.take(ttlSeconds)
  }

  /** etcd says that it does not know it (any more). */
  forget(id: number): void {
    if (this.#newest?.id === id) this.#newest = undefined
  }

  #suits(lease: Lease, ttlSeconds: number): boolean {
    const neededMs = this.#options.clock.monotonicMs() + ttlSeconds * 1000
    const isLongEnough = neededMs < lease.expiresMs
    const isNotTooLong = neededMs + this.#reuseSeconds(ttlSeconds) * 1000 >= lease.expiresMs
    return isLongEnough && isNotTooLong && lease.keys < limits.leaseObjectsMax
  }

  async #grant(ttlSeconds: number): Promise<number> {
    const { clock, random } = this.#options
    const total = ttlSeconds + this.#reuseSeconds(ttlSeconds)
    const expiresMs = clock.monotonicMs() + total * 1000
    const lease: Lease = { id: 1 + Math.floor(random() * 2 ** 52), expiresMs, keys: 1 }
    const granted = this.#options.grant(lease.id, total).then(() => lease)
    this.#newest = { id: lease.id, granted }
    await granted
    return lease.id
  }

  /** At most a twentieth of the time. */
  #reuseSeconds(ttlSeconds: number): number {
    const { reuseSeconds = limits.leaseReuseSeconds } = this.#options
    return Math.min(reuseSeconds, Math.floor(ttlSeconds * 0.05))
  }
}
