/**
 * Since when the use of tokens in secrets is marked: before, no mark means nothing.
 * Upstream: pkg/controlplane/controller/legacytokentracking/controller.go, v1.36.
 */
import { configmaps } from '#api/resources.gen.ts'
import { dayOf } from '#apiserver/authentication/legacy-token.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { ensure } from './ensure.ts'
import { keep } from './keep.ts'

const place = {
  namespace: 'kube-system',
  name: 'kube-apiserver-legacy-service-account-token-tracking',
} as const

/** A day that is there stays, unless it is none. */
export async function ensureLegacyTokenTracking(objects: Objects, nowMs: number): Promise<void> {
  const since = dayOf(nowMs)
  await ensure(objects, configmaps, place, { metadata: { ...place }, data: { since } })
  await objects.modify(configmaps, place, (config) => {
    const known = config.data?.['since'] ?? ''
    if (/^\d{4}-\d\d-\d\d$/.test(known) && !Number.isNaN(Date.parse(known))) return false
    config.data = { ...config.data, since }
    return true
  })
}

export interface TrackingOptions {
  readonly objects: Objects
  readonly clock: Clock
  readonly log: Logger
}

/** Makes the day known anew when somebody takes it away. */
export function keepLegacyTokenTracking({ objects, clock, log }: TrackingOptions): AsyncDisposable {
  return keep({
    repair: () => ensureLegacyTokenTracking(objects, clock.nowMs()),
    subscribe: (changed) => [
      objects.subscribe(configmaps, ({ metadata }) => {
        if (metadata.namespace === place.namespace && metadata.name === place.name) changed()
      }),
    ],
    clock,
    log,
  })
}
