/**
 * Keeps Events few: the same event again raises a count, many alike are combined into one, and a source
 * that never stops is cut off.
 * Upstream: staging/src/k8s.io/client-go/tools/record/events_cache.go at v1.36.
 */
import type { Event, ObjectReference } from '#api/core/v1.gen.ts'

/** What a component has to say about an object. */
export interface Observation {
  readonly involvedObject: ObjectReference
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/** What to send for an observation. */
export type Correlated =
  | { readonly send: 'nothing' }
  | {
      readonly send: 'create'
      readonly key: string
      readonly message: string
      readonly count: number
    }
  | {
      readonly send: 'update'
      readonly key: string
      readonly message: string
      readonly count: number
      readonly prior: Event
    }

export const correlatorLimits = {
  /** Events remembered, each for sums and for groups. */
  entriesMax: 4096,
  /** Different messages of one group within `groupMs` before they are combined. */
  alikeMax: 10,
  groupMs: 600_000,
  /** Events about one object: so many at once, then one per `refillMs`. */
  burst: 25,
  refillMs: 300_000,
} as const

interface Group {
  readonly messages: Set<string>
  lastMs: number
}

interface Bucket {
  tokens: number
  atMs: number
}

export class EventCorrelator {
  readonly #groups = new Map<string, Group>()
  readonly #buckets = new Map<string, Bucket>()
  readonly #sent = new Map<string, { count: number; event: Event | undefined }>()

  /** Decides what to send; afterwards `sent` must be told what the server keeps. */
  correlate(observation: Observation, nowMs: number): Correlated {
    const group = this.#group(observation, nowMs)
    const combined = group.messages.size >= correlatorLimits.alikeMax
    const message = combined
      ? `(combined from similar events): ${observation.message}`
      : observation.message
    // Combined events share one sum; the others are summed by their message.
    const key = combined
      ? groupKey(observation)
      : `${groupKey(observation)}\0${observation.message}`
    const sum = this.#sent.get(key) ?? { count: 0, event: undefined }
    sum.count++
    remember(this.#sent, key, sum)
    if (!this.#allow(observation, nowMs)) return { send: 'nothing' }
    const { count, event } = sum
    if (event === undefined) return { send: 'create', key, message, count }
    return { send: 'update', key, message, count, prior: event }
  }

  /** The server's copy of the event under the key of a `Correlated`. */
  sent(key: string, event: Event): void {
    const sum = this.#sent.get(key)
    if (sum === undefined) return
    sum.event = event
    sum.count = event.count ?? 1
  }

  #group(observation: Observation, nowMs: number): Group {
    const key = groupKey(observation)
    let group = this.#groups.get(key)
    if (group === undefined || nowMs - group.lastMs > correlatorLimits.groupMs) {
      group = { messages: new Set(), lastMs: nowMs }
    }
    group.lastMs = nowMs
    if (group.messages.size < correlatorLimits.alikeMax) group.messages.add(observation.message)
    remember(this.#groups, key, group)
    return group
  }

  #allow(observation: Observation, nowMs: number): boolean {
    const key = objectPart(observation.involvedObject)
    const { burst, refillMs } = correlatorLimits
    const bucket = this.#buckets.get(key) ?? { tokens: burst, atMs: nowMs }
    bucket.tokens = Math.min(burst, bucket.tokens + (nowMs - bucket.atMs) / refillMs)
    bucket.atMs = nowMs
    remember(this.#buckets, key, bucket)
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }
}

function groupKey(observation: Observation): string {
  return `${objectPart(observation.involvedObject)}\0${observation.type}\0${observation.reason}`
}

function objectPart(object: ObjectReference): string {
  const { kind, namespace, name, uid, apiVersion, fieldPath } = object
  return [kind, namespace, name, uid, apiVersion, fieldPath].join('\0')
}

/** The least recently used entry makes room. */
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= correlatorLimits.entriesMax) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}
