/**
 * Brings pods' statuses to the API: the newest of each pod, only what changed, one request at a time
 * for a pod. Upstream: pkg/kubelet/status/status_manager.go at v1.36.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Pod, PodCondition, PodStatus } from '#api/core/v1.gen.ts'
import { isStatus } from '#api/meta/status.ts'
import { pods } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Client } from '#client/client.ts'
import { passingConditions } from './conditions.ts'

export interface StatusTarget {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export interface StatusWriterOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
}

const retryMs = { initial: 500, max: 10_000 } as const

interface Entry {
  readonly target: StatusTarget
  /** What the pod's status is. */
  wanted: PodStatus
  /** What the API has, as far as we know. */
  known: PodStatus
  /** The API object is to be deleted once the status is there. */
  last: boolean
  sending: Promise<void> | undefined
}

export class StatusWriter implements AsyncDisposable {
  readonly #options: StatusWriterOptions
  readonly #stop = new AbortController()
  readonly #entries = new Map<string, Entry>()

  constructor(options: StatusWriterOptions) {
    this.#options = options
  }

  /** Makes `status` the pod's status; `known` is what the API has, for a pod not seen before. */
  set(target: StatusTarget, status: PodStatus, known: PodStatus): void {
    const entry = this.#entries.get(target.uid)
    if (entry === undefined) {
      const fresh = { target, wanted: status, known, last: false, sending: undefined }
      this.#entries.set(target.uid, fresh)
      this.#send(fresh)
      return
    }
    entry.wanted = status
    this.#send(entry)
  }

  /** Deletes the pod from the API, after the status that was set last. */
  finish(target: StatusTarget, status: PodStatus): void {
    const entry = this.#entries.get(target.uid) ?? {
      target,
      wanted: status,
      known: status,
      last: true,
      sending: undefined,
    }
    this.#entries.set(target.uid, entry)
    entry.last = true
    this.#send(entry)
  }

  /** The API shows a pod: where others overwrote what is ours, it is written again. */
  observe(pod: Pod): void {
    const entry = this.#entries.get(pod.metadata.uid)
    if (entry === undefined || entry.sending !== undefined) return
    entry.known = pod.status ?? {}
    this.#send(entry)
  }

  forget(uid: string): void {
    this.#entries.delete(uid)
  }

  /** Ends after what is under way; what waits is written by the next kubelet. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await Promise.allSettled([...this.#entries.values()].map(async ({ sending }) => sending))
  }

  #send(entry: Entry): void {
    if (this.#stop.signal.aborted || entry.sending !== undefined) return
    if (!entry.last && statusPatch(entry.wanted, entry.known) === undefined) return
    entry.sending = this.#deliver(entry).finally(() => (entry.sending = undefined))
  }

  async #deliver(entry: Entry): Promise<void> {
    const { clock, log } = this.#options
    let waitMs: number = retryMs.initial
    while (!this.#stop.signal.aborted && this.#entries.get(entry.target.uid) === entry) {
      try {
        if (await this.#once(entry)) return
        waitMs = retryMs.initial
      } catch (error) {
        if (isStatus(error, 'NotFound') || isStatus(error, 'Conflict')) {
          // The pod is gone, or another one has its name.
          log.v(3)?.info('status not written', { pod: entry.target.name, err: String(error) })
          return
        }
        log.warning('failed to write the status of a pod', {
          pod: `${entry.target.namespace}/${entry.target.name}`,
          err: error instanceof Error ? error.message : String(error),
        })
        await clock.sleep(waitMs, this.#stop.signal)
        waitMs = Math.min(waitMs * 2, retryMs.max)
      }
    }
  }

  /** True when there is nothing more to do. */
  async #once(entry: Entry): Promise<boolean> {
    const { namespace, name, uid } = entry.target
    const resource = this.#options.client.in(pods, namespace)
    const patch = statusPatch(entry.wanted, entry.known)
    if (patch !== undefined) {
      const sent = entry.wanted
      const body = { metadata: { uid }, status: patch }
      const answer = await resource.patch(name, 'strategic', body, { subresource: 'status' })
      entry.known = { ...answer.status, ...settledFields(sent, answer.status ?? {}) }
      return false
    }
    if (!entry.last) return true
    await resource.delete(name, { gracePeriodSeconds: 0, preconditions: { uid } })
    return true
  }
}

/**
 * What we sent and the server stores in other words (an empty object left out, say) counts as known:
 * sending it again would change nothing.
 */
function settledFields(sent: PodStatus, stored: PodStatus): Partial<PodStatus> {
  const differing = Object.entries(sent).filter(
    ([key, value]) =>
      key !== 'conditions' && !isDeepStrictEqual(value, stored[key as keyof PodStatus]),
  )
  return Object.fromEntries(differing)
}

/** A strategic merge patch from `known` to `wanted`; undefined when they agree. */
export function statusPatch(
  wanted: PodStatus,
  known: PodStatus,
): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {}
  const before = known as Readonly<Record<string, unknown>>
  for (const [key, value] of Object.entries(wanted)) {
    if (key === 'conditions' || isDeepStrictEqual(value, before[key])) continue
    patch[key] = mergedLists.has(key) && before[key] !== undefined ? replaced(value) : value
  }
  const conditions = changedConditions(wanted.conditions ?? [], known.conditions ?? [])
  if (conditions.length > 0) patch['conditions'] = conditions
  return Object.keys(patch).length === 0 ? undefined : patch
}

/** Lists that a strategic merge would only add to. */
const mergedLists = new Set(['podIPs', 'hostIPs'])

function replaced(value: unknown): readonly unknown[] {
  return [...(value as readonly unknown[]), { $patch: 'replace' }]
}

/** Conditions merge by their type: only those that differ are sent. */
function changedConditions(
  wanted: readonly PodCondition[],
  known: readonly PodCondition[],
): readonly PodCondition[] {
  const passed = known.filter(
    ({ type }) =>
      passingConditions.some((each) => each === type) && !wanted.some((each) => each.type === type),
  )
  const gone = passed.map(({ type }) => ({ type, $patch: 'delete' }) as unknown as PodCondition)
  const changed = wanted.flatMap((condition) => {
    const present = known.find(({ type }) => type === condition.type)
    if (present === undefined) return [condition]
    const { lastProbeTime: _, ...rest } = present
    if (isDeepStrictEqual(rest, condition)) return []
    // What is left out of a merge stays: a reason that no longer holds must be taken away.
    return [{ reason: null, message: null, ...condition } as unknown as PodCondition]
  })
  return [...changed, ...gone]
}
