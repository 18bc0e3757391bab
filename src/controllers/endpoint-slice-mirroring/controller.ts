/**
 * Mirrors the Endpoints of Services without a selector into slices, which is all that proxies read.
 * Upstream: pkg/controller/endpointslicemirroring/endpointslicemirroring_controller.go at v1.36.
 */
import type { Endpoints, Service } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { endpoints, endpointslices, services } from '#api/resources.gen.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { objectKey } from '#client/object-store.ts'
import { defineController, done } from '#controllers/controller.ts'
import { managedByLabel, serviceNameLabel } from '#controllers/endpoint-slice/plan.ts'
import type { SlicePlan } from '#controllers/endpoint-slice/slices.ts'
import { planSlices } from '#controllers/endpoint-slice/slices.ts'
import type { SliceWriter } from '#controllers/endpoint-slice/write.ts'
import { writeSlices } from '#controllers/endpoint-slice/write.ts'
import { PendingWrites, unsettled } from '#controllers/pending-writes.ts'
import type { Family } from '#controllers/service-pods.ts'
import {
  desiredMirror,
  dressMirror,
  endpointsPerSubsetMax,
  isMirrored,
  managedByMirroring,
  mirrorSlice,
} from './plan.ts'

interface Deps extends SliceWriter {
  readonly services: ReadonlyStore<Service>
  readonly endpoints: ReadonlyStore<Endpoints>
  readonly slices: ReadonlyStore<EndpointSlice>
}

const mirrorIndex = 'mirrored-service'
const families: readonly Family[] = ['IPv4', 'IPv6']

export const endpointSliceMirroringController = defineController<Deps>({
  name: 'endpointslice-mirroring-controller',
  primary: endpoints,
  watches: [
    { type: services, keys: (service) => [objectKey(service)] },
    { type: endpointslices, keys: (slice) => mirroredKeyOf(slice) },
  ],
  writes: ['discovery.k8s.io/endpointslices'],
  workersMax: 5,

  open({ client, clock, informer }) {
    const slices = informer(endpointslices)
    slices.addIndex(mirrorIndex, mirroredKeyOf)
    return {
      client,
      services: informer(services).store,
      endpoints: informer(endpoints).store,
      slices: slices.store,
      pending: new PendingWrites(slices, clock),
    }
  },

  async reconcile(key, deps, signal) {
    const found = deps.endpoints.get(key)
    const service = deps.services.get(key)
    const source = found !== undefined && isMirrored(found) && isManual(service) ? found : undefined
    const existing = deps.slices.byIndex(mirrorIndex, key)
    if (source === undefined && existing.length === 0) return done
    if (!deps.pending.settled(key)) return unsettled
    for (const family of families) {
      const own = existing.filter(({ addressType }) => addressType === family)
      const plan = planMirror(source, own, family)
      const draft = (each: SlicePlan['create'][number]) =>
        mirrorSlice(source ?? ({} as Endpoints), family, each)
      await writeSlices(deps, { key, plan, draft }, signal)
    }
    return done
  },
})

/** A Service whose endpoints are not made from pods. */
function isManual(service: Service | undefined): boolean {
  return service !== undefined && service.spec?.selector === undefined
}

function planMirror(
  source: Endpoints | undefined,
  existing: readonly EndpointSlice[],
  family: Family,
): SlicePlan {
  if (source === undefined) return { create: [], update: [], remove: existing }
  const desired = desiredMirror(source, family)
  if (desired.length === 0) return { create: [], update: [], remove: existing }
  const dress = (slice: EndpointSlice) => dressMirror(source, slice)
  return planSlices(desired, existing, { endpointsMax: endpointsPerSubsetMax, dress })
}

function mirroredKeyOf({ metadata }: ApiObject): readonly string[] {
  const { labels = {}, namespace = '' } = metadata
  const name = labels[serviceNameLabel]
  const isMirror = labels[managedByLabel] === managedByMirroring
  return name === undefined || !isMirror ? [] : [`${namespace}/${name}`]
}
