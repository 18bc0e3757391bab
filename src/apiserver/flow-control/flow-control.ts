/**
 * Priority and fairness: a request is classified, takes a seat of its priority level or waits for one, and
 * gives it back. Configuration is read from the stored objects when they change, never per request.
 * Upstream: staging/src/k8s.io/apiserver/pkg/util/flowcontrol/apf_controller.go, v1.36.
 */
import type { FlowSchema, PriorityLevelConfiguration } from '#api/flowcontrol/v1.gen.ts'
import { flowschemas, prioritylevelconfigurations } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import { must } from '#base/assert.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type { RequestInfo } from '#apiserver/http/request-info.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import {
  bootstrapLevels,
  bootstrapSchemas,
  mandatoryNames,
} from '#resources/flow-control/bootstrap.ts'
import { allocate, boundsOf, seatDemandSmoothing } from './allocation.ts'
import { byPrecedence, compileSchema, distinguish } from './classify.ts'
import type { Matches } from './classify.ts'
import { limits } from './limits.ts'
import { FlowMetrics } from './metrics.ts'
import type { MetricRegistry } from '#apiserver/metrics/registry.ts'
import { PriorityLevel } from './priority-level.ts'
import type { FlowQueue, Refusal } from './priority-level.ts'
import { flowHash } from './shuffle-sharding.ts'

/** What a request was found to be. */
export interface Flow {
  readonly name: string
  readonly uid: string
  readonly schema: FlowSchema
  readonly matches: Matches
  readonly level: PriorityLevel
  /** `<priority level>\0<flow schema>`, as the metrics want it. */
  readonly key: string
}

/** A place among those that are served. */
export interface Seat {
  readonly flow: Flow
  readonly sinceMs: number
  /** Where its holder waited. */
  readonly queue: FlowQueue | undefined
}

/** The request was sent away. */
export class FlowRefusedError extends Error {
  override readonly name = 'FlowRefusedError'
  readonly flow: Flow
  readonly reason: Refusal

  constructor(flow: Flow, reason: Refusal) {
    super(`refused by priority level ${flow.level.name}: ${reason}`)
    this.flow = flow
    this.reason = reason
  }
}

export interface FlowControlOptions {
  readonly objects: Objects
  readonly clock: Clock
  readonly metrics: MetricRegistry
  /** What all priority levels share. */
  readonly totalSeats: number
}

export class FlowControl implements Disposable {
  readonly #options: FlowControlOptions
  readonly #subscriptions: readonly Disposable[]
  readonly #metrics: FlowMetrics
  readonly #levels = new Map<string, PriorityLevel>()
  #flows: readonly Flow[] = []
  #isStale = true
  #adjustedMs: number
  #isSweeping = false

  constructor(options: FlowControlOptions) {
    this.#options = options
    this.#adjustedMs = options.clock.monotonicMs()
    const changed = (): void => {
      this.#isStale = true
    }
    const { objects, metrics } = options
    this.#subscriptions = [
      objects.subscribe(flowschemas, changed),
      objects.subscribe(prioritylevelconfigurations, changed),
    ]
    this.#metrics = new FlowMetrics(metrics, () => this.levels)
  }

  get levels(): readonly PriorityLevel[] {
    this.#configureWhenStale()
    return [...this.#levels.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  classify(user: UserInfo, info: RequestInfo): Flow {
    this.#configureWhenStale()
    for (const flow of this.#flows) if (flow.matches(user, info)) return flow
    return must(this.#flows.at(-1), 'there is always the schema that catches all')
  }

  /** A seat at once, or a promise of one that rejects with FlowRefusedError. */
  enter(
    flow: Flow,
    who: { readonly user: UserInfo; readonly info: RequestInfo },
  ): Seat | Promise<Seat> {
    const nowMs = this.#options.clock.monotonicMs()
    this.#adjustWhenDue(nowMs)
    const { level } = flow
    if (level.tryEnter(nowMs)) {
      this.#metrics.dispatched(flow, undefined)
      return { flow, sinceMs: nowMs, queue: undefined }
    }
    const hash = flowHash(flow.name, distinguish(flow.schema, who.user, who.info))
    return this.#wait(flow, hash, nowMs)
  }

  leave({ flow, sinceMs, queue }: Seat): void {
    const nowMs = this.#options.clock.monotonicMs()
    const tookMs = nowMs - sinceMs
    this.#metrics.served(flow, tookMs / 1000)
    flow.level.leave(tookMs, nowMs, queue)
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]()
  }

  #wait(flow: Flow, hash: bigint, sinceMs: number): Promise<Seat> {
    const { clock } = this.#options
    const seated = new Promise<Seat>((resolve, reject) => {
      flow.level.wait({
        hash,
        sinceMs,
        seat: (queue) => {
          const nowMs = clock.monotonicMs()
          this.#metrics.dispatched(flow, (nowMs - sinceMs) / 1000)
          resolve({ flow, sinceMs: nowMs, queue })
        },
        refuse: (reason) => {
          this.#metrics.refused(flow, reason, (clock.monotonicMs() - sinceMs) / 1000)
          reject(new FlowRefusedError(flow, reason))
        },
      })
    })
    this.#metrics.waits(flow, 1)
    const over = (): void => this.#metrics.waits(flow, -1)
    seated.then(over, over)
    this.#sweepLater()
    return seated
  }

  /** One timer for all who wait, and none when nobody does. */
  #sweepLater(): void {
    if (this.#isSweeping) return
    this.#isSweeping = true
    const { clock } = this.#options
    clock.after(limits.waitSweepMs, () => {
      this.#isSweeping = false
      const nowMs = clock.monotonicMs()
      this.#adjustWhenDue(nowMs)
      for (const level of this.#levels.values()) {
        for (const waiter of level.waitingSince(nowMs - limits.waitMsMax)) {
          level.remove(waiter, 'time-out')
        }
        if (level.waiting > 0) this.#sweepLater()
      }
    })
  }

  #configureWhenStale(): void {
    if (!this.#isStale) return
    this.#isStale = false
    const { objects, totalSeats, clock } = this.#options
    const nowMs = clock.monotonicMs()
    const configs = withMandatory(objects.list(prioritylevelconfigurations), mandatoryLevel)
    const bounds = boundsOf(
      new Map(configs.map(({ metadata, spec }) => [metadata.name, spec])),
      totalSeats,
    )
    for (const config of configs) {
      const { name } = config.metadata
      const level = this.#levels.get(name) ?? new PriorityLevel(name, nowMs)
      this.#levels.set(name, level)
      level.bounds = must(bounds.get(name), 'every level has bounds')
      level.seats = Math.max(1, level.bounds.nominal)
      level.configure(config)
    }
    this.#forget(new Set(bounds.keys()))
    this.#flows = withMandatory(objects.list(flowschemas), mandatorySchema)
      .toSorted(byPrecedence)
      .flatMap((schema) => this.#flowOf(schema))
    this.#adjust(nowMs)
  }

  /** A schema whose level is not there does not match anything. */
  #flowOf(schema: FlowSchema): readonly Flow[] {
    const { name, uid } = schema.metadata
    const level = this.#levels.get(schema.spec.priorityLevelConfiguration.name)
    if (level === undefined) return []
    const key = `${level.name}\0${name}`
    return [{ name, uid, schema, matches: compileSchema(schema), level, key }]
  }

  /** Levels that were deleted: who has a seat, or waits for one, is still served. */
  #forget(wanted: ReadonlySet<string>): void {
    for (const [name, level] of this.#levels) {
      if (!wanted.has(name) && level.executing + level.waiting === 0) this.#levels.delete(name)
    }
  }

  #adjustWhenDue(nowMs: number): void {
    if (nowMs - this.#adjustedMs >= limits.borrowingAdjustmentMs) this.#adjust(nowMs)
  }

  /** Lends what is not used. Asked for by requests, so that an idle server does nothing. */
  #adjust(nowMs: number): void {
    this.#adjustedMs = nowMs
    const limited = [...this.#levels.values()].filter(({ isExempt }) => !isExempt)
    const claims = limited.map((level) => {
      const { high, average, deviation } = level.demand.take(nowMs)
      const envelope = Math.min(average + deviation, high)
      const remembered =
        seatDemandSmoothing * level.smoothDemand + (1 - seatDemandSmoothing) * envelope
      level.smoothDemand = Math.max(envelope, remembered)
      return { ...level.bounds, high, smooth: level.smoothDemand }
    })
    const seats = allocate(claims, this.#options.totalSeats)
    for (const [index, level] of limited.entries()) {
      level.seats = seats[index] ?? 1
      level.dispatch(nowMs)
    }
  }
}

function mandatoryLevel(name: string): PriorityLevelConfiguration {
  return {
    metadata: { name },
    spec: must(bootstrapLevels[name], name),
  } as PriorityLevelConfiguration
}

function mandatorySchema(name: string): FlowSchema {
  return { metadata: { name, uid: '' }, spec: must(bootstrapSchemas[name], name) } as FlowSchema
}

/** Until they are stored, or when somebody deleted them, the mandatory ones count all the same. */
function withMandatory<T extends { readonly metadata: { readonly name: string } }>(
  stored: readonly T[],
  make: (name: string) => T,
): readonly T[] {
  const known = new Set(stored.map(({ metadata }) => metadata.name))
  return [...stored, ...mandatoryNames.filter((name) => !known.has(name)).map(make)]
}
