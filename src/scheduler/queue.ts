/**
 * Pods that wait for a node: ready ones by priority and age, those in backoff, and those that only a
 * change of the cluster can help. Upstream: pkg/scheduler/backend/queue/scheduling_queue.go.
 */
import type { Pod } from '#api/core/v1.gen.ts'
import { backoffMs } from '#base/backoff.ts'
import type { Clock } from '#base/clock.ts'
import { Heap } from '#base/heap.ts'
import type { ClusterEvent, Plugin } from './framework.ts'
import { limits } from './limits.ts'
import { podInfo, type PodInfo } from './pod-info.ts'

export interface QueuedPod {
  info: PodInfo
  attempts: number
  /** When it first came: equals are served in this order. */
  readonly sinceMs: number
  /** Not before this. */
  readyAtMs: number
  failedAtMs: number
  /** Plugins that refused it last time. */
  refusedBy: ReadonlySet<string>
  place: 'active' | 'backoff' | 'unschedulable' | 'gated' | 'flying'
  /** Something that may help happened while it was being tried. */
  woken: boolean
  /** The ticket that counts: older ones of this pod in a heap are void. */
  ticket: Ticket | undefined
}

/** A place in a heap. A pod that leaves early takes a new ticket or none, and the old one is passed over. */
interface Ticket {
  readonly queued: QueuedPod
  readonly sequence: number
}

const backoff = {
  initialMs: limits.podInitialBackoffMs,
  maxMs: limits.podMaxBackoffMs,
  factor: 2,
}

export class SchedulingQueue {
  readonly #clock: Clock
  readonly #plugins: readonly Plugin[]
  readonly #wakes: ReadonlyMap<string, ReadonlySet<ClusterEvent>>
  readonly #pods = new Map<string, QueuedPod>()
  readonly #active = new Heap<Ticket>(byPriority)
  readonly #backoff = new Heap<Ticket>((a, b) => a.queued.readyAtMs - b.queued.readyAtMs)
  #sequence = 0
  #wakeWaiter: (() => void) | undefined

  constructor(clock: Clock, plugins: readonly Plugin[]) {
    this.#clock = clock
    this.#plugins = plugins
    this.#wakes = new Map(plugins.map(({ name, wakesOn }) => [name, new Set(wakesOn)]))
  }

  get size(): number {
    return this.#pods.size
  }

  /** Why the pod may not be scheduled at all, when a gate holds it. */
  gateOf(uid: string): string | undefined {
    const queued = this.#pods.get(uid)
    return queued?.place === 'gated' ? this.#gate(queued.info) : undefined
  }

  add(pod: Pod): void {
    if (this.#pods.has(pod.metadata.uid)) return this.update(pod)
    const nowMs = this.#clock.nowMs()
    const queued: QueuedPod = {
      info: podInfo(pod),
      attempts: 0,
      sinceMs: nowMs,
      readyAtMs: 0,
      failedAtMs: 0,
      refusedBy: new Set(),
      place: 'gated',
      woken: false,
      ticket: undefined,
    }
    this.#pods.set(pod.metadata.uid, queued)
    this.#enqueue(queued)
  }

  /** A change of the pod itself may make it schedulable, unless only its status changed. */
  update(pod: Pod): void {
    const queued = this.#pods.get(pod.metadata.uid)
    if (queued === undefined) return this.add(pod)
    const specChanged =
      queued.info.pod.spec !== pod.spec || queued.info.pod.metadata.labels !== pod.metadata.labels
    const generationChanged = queued.info.pod.metadata.generation !== pod.metadata.generation
    queued.info = podInfo(pod)
    if (queued.place === 'gated') this.#enqueue(queued)
    else if (queued.place === 'unschedulable' && specChanged && generationChanged)
      this.#enqueue(queued)
    else if (queued.place === 'active') this.#enqueue(queued)
  }

  remove(uid: string): void {
    const queued = this.#pods.get(uid)
    if (queued === undefined) return
    this.#pods.delete(uid)
    queued.ticket = undefined
  }

  /** The most urgent ready pod, or undefined when none is ready. */
  pop(): QueuedPod | undefined {
    this.#releaseBackoff()
    const queued = take(this.#active)
    if (queued === undefined) return undefined
    queued.ticket = undefined
    queued.place = 'flying'
    queued.woken = false
    queued.attempts++
    return queued
  }

  /** The pod got its node. */
  done(queued: QueuedPod): void {
    if (this.#pods.get(queued.info.pod.metadata.uid) === queued)
      this.#pods.delete(queued.info.pod.metadata.uid)
  }

  /** No node took it: it waits for an event that its refusers name, or for its backoff. */
  failed(queued: QueuedPod, refusedBy: ReadonlySet<string>): void {
    if (this.#pods.get(queued.info.pod.metadata.uid) !== queued) return
    queued.refusedBy = refusedBy
    queued.failedAtMs = this.#clock.nowMs()
    queued.readyAtMs = queued.failedAtMs + backoffMs(backoff, queued.attempts)
    // Without a refuser it was an error, not a refusal: trying again is all that helps.
    if (queued.woken || refusedBy.size === 0) this.#enqueue(queued)
    else queued.place = 'unschedulable'
  }

  /** Something changed: wakes the pods that it may help. */
  happened(event: ClusterEvent): void {
    for (const queued of this.#pods.values()) {
      if (queued.place === 'flying') queued.woken = true
      else if (queued.place === 'unschedulable' && this.#helps(queued, event)) this.#enqueue(queued)
    }
  }

  /** Nothing woke them for minutes: tries them anyway, as a net for missed events. */
  flushUnschedulable(): void {
    const oldest = this.#clock.nowMs() - limits.unschedulableMaxMs
    for (const queued of this.#pods.values()) {
      if (queued.place === 'unschedulable' && queued.failedAtMs <= oldest) this.#enqueue(queued)
    }
  }

  /** Resolves when a pod may be ready, or the signal aborts. */
  async ready(signal: AbortSignal): Promise<void> {
    this.#releaseBackoff()
    if (peek(this.#active) !== undefined || signal.aborted) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#wakeWaiter = resolve
    signal.addEventListener('abort', () => resolve(), { once: true })
    const next = peek(this.#backoff)
    using timer =
      next && this.#clock.after(Math.max(0, next.readyAtMs - this.#clock.nowMs()), resolve)
    await promise
    void timer
    this.#wakeWaiter = undefined
  }

  #helps(queued: QueuedPod, event: ClusterEvent): boolean {
    for (const plugin of queued.refusedBy)
      if (this.#wakes.get(plugin)?.has(event) ?? true) return true
    return false
  }

  #gate(info: PodInfo): string | undefined {
    for (const plugin of this.#plugins) {
      const refusal = plugin.preEnqueue?.(info)
      if (refusal !== undefined) return refusal
    }
    return undefined
  }

  #enqueue(queued: QueuedPod): void {
    if (this.#gate(queued.info) !== undefined) {
      queued.place = 'gated'
      return
    }
    const waits = queued.readyAtMs > this.#clock.nowMs()
    queued.place = waits ? 'backoff' : 'active'
    queued.ticket = { queued, sequence: this.#sequence++ }
    if (waits) this.#backoff.push(queued.ticket)
    else this.#active.push(queued.ticket)
    this.#wakeWaiter?.()
  }

  #releaseBackoff(): void {
    const nowMs = this.#clock.nowMs()
    for (let next = peek(this.#backoff); next !== undefined; next = peek(this.#backoff)) {
      if (next.readyAtMs > nowMs) return
      take(this.#backoff)
      this.#enqueue(next)
    }
  }
}

/** The first that still counts; void tickets before it are dropped. */
function peek(heap: Heap<Ticket>): QueuedPod | undefined {
  for (let ticket = heap.peek(); ticket !== undefined; ticket = heap.peek()) {
    if (ticket.queued.ticket === ticket) return ticket.queued
    heap.pop()
  }
  return undefined
}

function take(heap: Heap<Ticket>): QueuedPod | undefined {
  const first = peek(heap)
  if (first !== undefined) heap.pop()
  return first
}

function byPriority(a: Ticket, b: Ticket): number {
  const difference = (b.queued.info.pod.spec.priority ?? 0) - (a.queued.info.pod.spec.priority ?? 0)
  if (difference !== 0) return difference
  return a.queued.sinceMs - b.queued.sinceMs || a.sequence - b.sequence
}
