/**
 * The seats of one priority level and who waits for them. A free seat costs a counter; only when all are
 * taken there are queues. Among them the one goes next that was served least, measured in seat time, so
 * that a flow of slow requests does not starve one of quick ones.
 * Upstream: staging/src/k8s.io/apiserver/pkg/util/flowcontrol/fairqueuing/queueset/queueset.go, v1.36.
 */
import type { PriorityLevelConfiguration } from '#api/flowcontrol/v1.gen.ts'
import type { SeatBounds } from './allocation.ts'
import { SeatDemand } from './seat-demand.ts'
import { deal } from './shuffle-sharding.ts'

/** Somebody who waits for a seat. */
export interface Waiter {
  readonly hash: bigint
  readonly sinceMs: number
  /** Has a seat from now on. */
  seat(queue: FlowQueue): void
  refuse(reason: Refusal): void
}

export type Refusal = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled'

export interface FlowQueue {
  readonly index: number
  readonly waiters: Waiter[]
  /** Seat milliseconds that were served here, in the level's virtual time. */
  work: number
  executing: number
}

const noBounds: SeatBounds = { nominal: 0, lower: 0, upper: 0 }

export class PriorityLevel {
  readonly name: string
  readonly demand: SeatDemand
  uid = ''
  isExempt = false
  bounds = noBounds
  /** Seats that it may use now. */
  seats = 1
  executing = 0
  waiting = 0
  dispatched = 0
  readonly refused = new Map<Refusal, number>()
  smoothDemand = 0
  #config: PriorityLevelConfiguration['spec'] = { type: 'Limited' }
  #queues: FlowQueue[] = []
  /** Queues with somebody in them. */
  readonly #active = new Set<FlowQueue>()
  /** The work of the queue that went last: who was idle does not save it up. */
  #virtualTime = 0
  /** What a request is taken to cost before it is known. */
  #usualMs = 1

  constructor(name: string, nowMs: number) {
    this.name = name
    this.demand = new SeatDemand(nowMs)
  }

  get activeQueues(): number {
    return this.#active.size
  }

  get queues(): readonly FlowQueue[] {
    return this.#queues
  }

  /** Who waits keeps waiting, by the new rules. */
  configure({ metadata, spec }: PriorityLevelConfiguration): void {
    this.uid = metadata.uid ?? ''
    this.isExempt = spec.type === 'Exempt'
    const wanted = queuing(spec)?.queues ?? 0
    const isSame = JSON.stringify(queuing(spec)) === JSON.stringify(queuing(this.#config))
    this.#config = spec
    if (isSame && this.#queues.length === wanted) return
    const waiters = [...this.#active].flatMap((queue) => queue.waiters)
    this.#active.clear()
    this.#queues = Array.from({ length: wanted }, (_, index) => newQueue(index))
    this.waiting = 0
    for (const waiter of waiters.toSorted((a, b) => a.sinceMs - b.sinceMs)) this.wait(waiter)
  }

  /** Takes a seat, if one is free and nobody waits for it. */
  tryEnter(nowMs: number): boolean {
    if (!this.isExempt && (this.executing >= this.seats || this.waiting > 0)) return false
    this.executing += 1
    this.dispatched += 1
    this.#wanted(nowMs)
    return true
  }

  /** Puts somebody in line, or sends them away at once. */
  wait(waiter: Waiter): void {
    const rules = queuing(this.#config)
    if (rules === undefined) return this.#refuse(waiter, 'concurrency-limit')
    const { queues = 1, handSize = 1, queueLengthLimit = 1 } = rules
    const queue = this.#shortest(deal(waiter.hash, queues, handSize))
    if (queue === undefined || queue.waiters.length >= queueLengthLimit) {
      return this.#refuse(waiter, 'queue-full')
    }
    if (queue.waiters.length === 0) {
      if (queue.executing === 0) queue.work = Math.max(queue.work, this.#virtualTime)
      this.#active.add(queue)
    }
    queue.waiters.push(waiter)
    this.waiting += 1
    this.#wanted(waiter.sinceMs)
  }

  /** Gives the seat back after so long, and hands it on. */
  leave(tookMs: number, nowMs: number, queue?: FlowQueue): void {
    this.executing -= 1
    if (queue !== undefined) {
      queue.executing -= 1
      queue.work += tookMs - this.#usualMs
    }
    this.#usualMs = this.#usualMs * 0.9 + tookMs * 0.1
    this.dispatch(nowMs)
  }

  /** Seats those who wait, as far as there are seats. */
  dispatch(nowMs: number): void {
    while (this.waiting > 0 && (this.isExempt || this.executing < this.seats)) {
      const queue = this.#next()
      const waiter = queue?.waiters.shift()
      if (queue === undefined || waiter === undefined) break
      if (queue.waiters.length === 0) this.#active.delete(queue)
      this.#virtualTime = queue.work
      queue.work += this.#usualMs
      queue.executing += 1
      this.waiting -= 1
      this.executing += 1
      this.dispatched += 1
      waiter.seat(queue)
    }
    this.#wanted(nowMs)
  }

  /** Takes somebody out of the line; does nothing when they are not in it. */
  remove(waiter: Waiter, reason: Refusal): void {
    for (const queue of this.#active) {
      const at = queue.waiters.indexOf(waiter)
      if (at === -1) continue
      queue.waiters.splice(at, 1)
      if (queue.waiters.length === 0) this.#active.delete(queue)
      this.waiting -= 1
      return this.#refuse(waiter, reason)
    }
  }

  /** Those who came before that time. */
  waitingSince(beforeMs: number): readonly Waiter[] {
    return [...this.#active].flatMap((queue) =>
      queue.waiters.filter((one) => one.sinceMs <= beforeMs),
    )
  }

  #refuse(waiter: Waiter, reason: Refusal): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1)
    waiter.refuse(reason)
  }

  #wanted(nowMs: number): void {
    this.demand.set(this.executing + this.waiting, nowMs)
  }

  #shortest(hand: readonly number[]): FlowQueue | undefined {
    let best: FlowQueue | undefined
    for (const index of hand) {
      const queue = this.#queues[index]
      if (queue === undefined) continue
      if (best === undefined || loadOf(queue) < loadOf(best)) best = queue
    }
    return best
  }

  #next(): FlowQueue | undefined {
    let best: FlowQueue | undefined
    for (const queue of this.#active) {
      if (best === undefined || queue.work < best.work) best = queue
    }
    return best
  }
}

function queuing({ limited }: PriorityLevelConfiguration['spec']) {
  return limited?.limitResponse?.queuing
}

function newQueue(index: number): FlowQueue {
  return { index, waiters: [], work: 0, executing: 0 }
}

function loadOf({ waiters, executing }: FlowQueue): number {
  return waiters.length + executing
}
