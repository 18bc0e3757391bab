/**
 * One leader among several copies of a program, by a Lease that the leader renews.
 * Upstream: staging/src/k8s.io/client-go/tools/leaderelection at v1.36.
 */
import type { Lease } from '#api/coordination/v1.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import { leases } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import { microTimestamp } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Client } from './client.ts'

export interface LeaderElectionOptions {
  readonly client: Client
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
  readonly namespace: string
  readonly name: string
  /** Unique among the candidates: `host_uuid`. */
  readonly identity: string
  /** How long others wait after the last renewal. Upstream's default 15 s. */
  readonly leaseMs?: number
  /** The leader gives up when it could not renew for so long. Upstream's default 10 s. */
  readonly renewMsMax?: number
  /** Between two tries. Upstream's default 2 s. */
  readonly retryMs?: number
  /** Runs while this process leads; its signal aborts when leadership is lost. */
  readonly lead: (signal: AbortSignal) => Promise<void>
  readonly onNewLeader?: (identity: string) => void
}

export const leaderElectionDefaults = {
  leaseMs: 15_000,
  renewMsMax: 10_000,
  retryMs: 2_000,
} as const

const jitterFactor = 1.2

/**
 * Waits to be elected, leads, and returns when leadership is lost, `lead` returned or the signal aborted;
 * the Lease is then released, so that the next leader need not wait. Rejects with what `lead` rejects.
 */
export async function runLeaderElection(
  options: LeaderElectionOptions,
  signal: AbortSignal,
): Promise<void> {
  const candidate = new Candidate(options)
  const { clock, random, lead } = options
  const retryMs = options.retryMs ?? leaderElectionDefaults.retryMs
  while (!(await candidate.tryAcquire(signal))) {
    if (signal.aborted) return
    await clock.sleep(retryMs * (1 + jitterFactor * random()), signal)
    if (signal.aborted) return
  }
  const lost = new AbortController()
  const leading = lead(AbortSignal.any([signal, lost.signal])).finally(() => lost.abort())
  // What `lead` throws is awaited below; meanwhile it must not count as unhandled.
  leading.catch(() => undefined)
  await renewUntilLost(candidate, options, AbortSignal.any([signal, lost.signal]))
  lost.abort()
  await leading.finally(() => candidate.release())
}

async function renewUntilLost(
  candidate: Candidate,
  options: LeaderElectionOptions,
  signal: AbortSignal,
): Promise<void> {
  const { clock, log } = options
  const renewMsMax = options.renewMsMax ?? leaderElectionDefaults.renewMsMax
  const retryMs = options.retryMs ?? leaderElectionDefaults.retryMs
  let renewedMs = clock.monotonicMs()
  while (!signal.aborted) {
    await clock.sleep(retryMs, signal)
    if (signal.aborted) return
    const attempt = new AbortController()
    using _deadline = clock.after(renewMsMax, () => attempt.abort(new Error('timed out')))
    if (await candidate.tryAcquire(AbortSignal.any([signal, attempt.signal]))) {
      renewedMs = clock.monotonicMs()
    } else if (clock.monotonicMs() - renewedMs >= renewMsMax) {
      log.info('lost the lease', { lease: `${options.namespace}/${options.name}` })
      return
    }
  }
}

class Candidate {
  readonly #options: LeaderElectionOptions
  readonly #leaseMs: number
  /** The Lease as last seen, and when it last changed by our own clock: clocks of others are not trusted. */
  #seen: { readonly lease: Lease; readonly atMs: number } | undefined
  #leader = ''

  constructor(options: LeaderElectionOptions) {
    this.#options = options
    this.#leaseMs = options.leaseMs ?? leaderElectionDefaults.leaseMs
  }

  /** Takes or renews the Lease. False when another holds it or the server cannot be reached. */
  async tryAcquire(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#acquire(signal)
    } catch (error) {
      if (!signal.aborted) {
        this.#options.log.v(2)?.info('no lease', { err: String(error) })
      }
      return false
    }
  }

  /** Gives the Lease up, if we hold it; failing that it simply runs out. */
  async release(): Promise<void> {
    const lease = this.#seen?.lease
    if (lease?.spec.holderIdentity !== this.#options.identity) return
    const now = microTimestamp(this.#options.clock.nowMs())
    const spec = {
      holderIdentity: '',
      leaseDurationSeconds: 1,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: lease.spec.leaseTransitions ?? 0,
    }
    try {
      await this.#leases().update({ ...lease, spec })
    } catch (error) {
      this.#options.log.v(2)?.info('the lease was not released', { err: String(error) })
    }
  }

  async #acquire(signal: AbortSignal): Promise<boolean> {
    const { identity, name, namespace, clock } = this.#options
    const lease = await this.#read(signal)
    const now = microTimestamp(clock.nowMs())
    const leaseDurationSeconds = Math.round(this.#leaseMs / 1000)
    if (lease === undefined) {
      const spec = {
        holderIdentity: identity,
        leaseDurationSeconds,
        acquireTime: now,
        renewTime: now,
        leaseTransitions: 0,
      }
      const created = { metadata: { name, namespace }, spec }
      this.#observe(await this.#leases().create(created, { signal }))
      return true
    }
    this.#observe(lease)
    const holder = lease.spec.holderIdentity ?? ''
    const mine = holder === identity
    if (!mine && holder !== '' && !this.#hasExpired(lease)) return false
    const transitions = (lease.spec.leaseTransitions ?? 0) + (mine ? 0 : 1)
    const spec = {
      ...lease.spec,
      holderIdentity: identity,
      leaseDurationSeconds,
      acquireTime: mine ? (lease.spec.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: transitions,
    }
    this.#observe(await this.#leases().update({ ...lease, spec }, { signal }))
    return true
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    const { lease } = this.#seen ?? {}
    // The holder knows its Lease; an update that loses a race tells it otherwise.
    if (lease?.spec.holderIdentity === this.#options.identity) {
      this.#seen = undefined
      return lease
    }
    try {
      return await this.#leases().get(this.#options.name, { signal })
    } catch (error) {
      if (isStatus(error, 'NotFound')) return undefined
      throw error
    }
  }

  #observe(lease: Lease): void {
    const { clock, onNewLeader } = this.#options
    if (this.#seen?.lease.metadata.resourceVersion !== lease.metadata.resourceVersion) {
      this.#seen = { lease, atMs: clock.monotonicMs() }
    }
    const holder = lease.spec.holderIdentity ?? ''
    if (holder !== this.#leader) {
      this.#leader = holder
      if (holder !== '') onNewLeader?.(holder)
    }
  }

  #hasExpired(lease: Lease): boolean {
    const seenMs = this.#seen?.atMs ?? Number.POSITIVE_INFINITY
    const lastsMs = (lease.spec.leaseDurationSeconds ?? 0) * 1000
    return this.#options.clock.monotonicMs() >= seenMs + lastsMs
  }

  #leases() {
    return this.#options.client.in(leases, this.#options.namespace)
  }
}
