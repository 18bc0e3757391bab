/**
 * Events for people: `recorder.event(pod, 'Warning', 'Failed', '…')` returns at once and never fails; a
 * loop of its own sends what the correlator lets through.
 * Upstream: staging/src/k8s.io/client-go/tools/record/event.go at v1.36.
 */
import type { Event, ObjectReference } from '#api/core/v1.gen.ts'
import { isStatus, StatusError } from '#api/meta/status.ts'
import type { ApiObject, Draft } from '#api/resource-type.ts'
import { events } from '#api/resources.gen.ts'
import { backoffMs } from '#base/backoff.ts'
import type { Clock } from '#base/clock.ts'
import { timestamp } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Client } from './client.ts'
import { EventCorrelator } from './event-correlator.ts'
import type { Correlated, Observation } from './event-correlator.ts'

export interface EventRecorder {
  /** `object` needs kind and apiVersion, or is a reference already (with a fieldPath, perhaps). */
  event(
    object: ApiObject | ObjectReference,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ): void
}

export interface EventRecorderOptions {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  /** Who says it: `deployment-controller`, `kubelet`. */
  readonly component: string
  /** The node's name, for components that run on each. */
  readonly host?: string
}

const limits = {
  /** As upstream: a caller is never held back; beyond this events are lost. */
  queueMax: 1000,
  /** Tries of one event while the server cannot be reached, and the wait between them. */
  triesMax: 12,
  /** Events wait behind one another, so the first wait is short: a server that starts is soon there. */
  retry: { initialMs: 100, maxMs: 10_000, factor: 2 },
} as const

/** Says nothing: for tests and for programs that must not write. */
export const silentRecorder: EventRecorder = { event() {} }

/** Starts the sending loop. Disposing it sends what waits, unless the server cannot be reached. */
export function startEventRecorder(options: EventRecorderOptions): EventRecorder & AsyncDisposable {
  return new Recorder(options)
}

class Recorder implements EventRecorder, AsyncDisposable {
  readonly #options: EventRecorderOptions
  readonly #correlator = new EventCorrelator()
  readonly #queue: { readonly observation: Observation; readonly nowMs: number }[] = []
  readonly #stop = new AbortController()
  #sending: Promise<void> | undefined
  #sequence = 0

  constructor(options: EventRecorderOptions) {
    this.#options = options
  }

  event(
    object: ApiObject | ObjectReference,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ): void {
    if (this.#stop.signal.aborted || this.#queue.length >= limits.queueMax) {
      this.#options.log.v(2)?.info('event dropped', { reason, message })
      return
    }
    const observation = { involvedObject: referenceTo(object), type, reason, message }
    this.#queue.push({ observation, nowMs: this.#options.clock.nowMs() })
    this.#sending ??= this.#drain().finally(() => (this.#sending = undefined))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#sending
  }

  async #drain(): Promise<void> {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      const correlated = this.#correlator.correlate(next.observation, next.nowMs)
      if (correlated.send !== 'nothing') await this.#send(correlated, next.observation, next.nowMs)
    }
  }

  async #send(
    correlated: Exclude<Correlated, { send: 'nothing' }>,
    observation: Observation,
    nowMs: number,
  ): Promise<void> {
    const { clock, log } = this.#options
    for (let tries = 1; ; tries++) {
      try {
        const event =
          correlated.send === 'update'
            ? await this.#update(correlated, observation, nowMs)
            : await this.#create(correlated, observation, nowMs)
        this.#correlator.sent(correlated.key, event)
        return
      } catch (error) {
        // A refusal will not change; a namespace that is going away refuses all events.
        if (error instanceof StatusError) {
          log.v(2)?.info('event rejected', { reason: observation.reason, err: error.message })
          return
        }
        if (tries >= limits.triesMax || this.#stop.signal.aborted) {
          log.error('event lost', error, { reason: observation.reason })
          return
        }
        await clock.sleep(backoffMs(limits.retry, tries), this.#stop.signal)
      }
    }
  }

  async #update(
    correlated: Extract<Correlated, { send: 'update' }>,
    observation: Observation,
    nowMs: number,
  ): Promise<Event> {
    const { prior, count, message } = correlated
    try {
      return await this.#client(observation).patch(prior.metadata.name, 'strategic', {
        count,
        lastTimestamp: timestamp(nowMs),
        ...(message === prior.message ? {} : { message }),
      })
    } catch (error) {
      // It expired meanwhile: tell it as a new one.
      if (isStatus(error, 'NotFound')) return await this.#create(correlated, observation, nowMs)
      throw error
    }
  }

  async #create(
    { message, count }: { readonly message: string; readonly count: number },
    observation: Observation,
    nowMs: number,
  ): Promise<Event> {
    const { component, host } = this.#options
    const { involvedObject, reason, type } = observation
    const event: Draft<Event> = {
      kind: 'Event',
      apiVersion: 'v1',
      metadata: {
        name: `${involvedObject.name}.${this.#unique(nowMs)}`,
        namespace: namespaceOf(involvedObject),
      },
      involvedObject,
      reason,
      message,
      type,
      count,
      firstTimestamp: timestamp(nowMs),
      lastTimestamp: timestamp(nowMs),
      source: host === undefined ? { component } : { component, host },
      reportingComponent: component,
      reportingInstance: host ?? '',
    }
    return await this.#client(observation).create(event)
  }

  #client(observation: Observation) {
    return this.#options.client.in(events, namespaceOf(observation.involvedObject))
  }

  /** Nanoseconds in hexadecimal, as upstream names events; ours are made unique within a millisecond. */
  #unique(nowMs: number): string {
    this.#sequence = (this.#sequence + 1) % 1_000_000
    return (BigInt(Math.floor(nowMs)) * 1_000_000n + BigInt(this.#sequence)).toString(16)
  }
}

function namespaceOf(object: ObjectReference): string {
  return object.namespace === undefined || object.namespace === '' ? 'default' : object.namespace
}

/** A reference as events carry it. Upstream: client-go/tools/reference, GetReference. */
export function referenceTo(object: ApiObject | ObjectReference): ObjectReference {
  if (!('metadata' in object)) return object
  const { kind, apiVersion, metadata } = object
  return {
    ...(kind === undefined ? {} : { kind }),
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
    name: metadata.name,
    uid: metadata.uid,
    ...(apiVersion === undefined ? {} : { apiVersion }),
    resourceVersion: metadata.resourceVersion,
  }
}
