/**
 * Refuses events of which there are too many, so that those who tell of a failure do not make another.
 * Upstream: plugin/pkg/admission/eventratelimit/{admission,limitenforcer,cache}.go, v1.36.
 */
import { LRUCache } from 'lru-cache'
import type { Event } from '#api/core/v1.gen.ts'
import { bareFailure } from '#api/meta/status.ts'
import type { StatusError } from '#api/meta/status.ts'
import { events } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import { TokenBucket } from '#base/token-bucket.ts'
import type { AdmissionDeps } from '#apiserver/admission/create-admission.ts'
import type { AdmissionPlugin, AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { isOf } from '#apiserver/admission/refusal.ts'
import { checkedLimits } from './configuration.ts'
import type { EventLimit } from './configuration.ts'

const defaultCacheSize = 4096

/** Throws UserError when it is not configured. */
export function eventRateLimit({ clock, configurations }: AdmissionDeps): AdmissionPlugin {
  const enforcers = checkedLimits(configurations?.eventRateLimit).map((limit) =>
    enforcer(limit, clock),
  )
  return {
    name: 'EventRateLimit',
    handles: (request) =>
      (request.operation === 'CREATE' || request.operation === 'UPDATE') && isOf(request, events),
    validate(request) {
      // Each of them counts the event, also when another refuses it; the last refusal is told.
      const refusals = enforcers.flatMap((objection) => objection(request) ?? [])
      const refusal = refusals.at(-1)
      if (refusal !== undefined) throw refusal
    },
  }
}

type Enforcer = (request: AdmissionRequest) => StatusError | undefined

function enforcer(limit: EventLimit, clock: Clock): Enforcer {
  const buckets = new LRUCache<string, TokenBucket>({ max: limit.cacheSize || defaultCacheSize })
  return (request) => {
    const key = keys[limit.type](request)
    const bucket = buckets.get(key) ?? new TokenBucket(limit, clock)
    buckets.set(key, bucket)
    return bucket.tryTake() ? undefined : tooMany(limit, key)
  }
}

const keys: Readonly<Record<EventLimit['type'], (request: AdmissionRequest) => string>> = {
  Server: () => '',
  Namespace: ({ namespace }) => namespace,
  User: ({ user }) => user.name,
  SourceAndObject: ({ object }) => {
    const { source, involvedObject } = object as Event
    const { kind, namespace, name, uid, apiVersion } = involvedObject
    const parts = [source?.component, source?.host, kind, namespace, name, uid, apiVersion]
    return parts.map((part) => part ?? '').join('')
  },
}

/** Upstream: apierrors.NewTooManyRequestsError: nobody is told when to come again. */
function tooMany({ type }: EventLimit, key: string): StatusError {
  const text = `Too many requests: limit reached on type ${type} for key ${key}`
  return bareFailure(429, text, 'TooManyRequests')
}
