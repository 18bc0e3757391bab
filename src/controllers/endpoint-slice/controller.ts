/**
 * Keeps the EndpointSlices of every Service that selects pods.
 * Upstream: pkg/controller/endpointslice/endpointslice_controller.go at v1.36.
 */
import type { Node, Pod, Service } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { endpointslices, nodes, pods, services } from '#api/resources.gen.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { defineController, done } from '#controllers/controller.ts'
import { PendingWrites, unsettled } from '#controllers/pending-writes.ts'
import { podsBehind, selectsPods, servicesOf } from '#controllers/service-pods.ts'
import {
  desiredEndpoints,
  dressSlice,
  endpointsPerSliceMax,
  familiesOf,
  managedByLabel,
  managedByUs,
  newSlice,
  serviceNameLabel,
} from './plan.ts'
import { planSlices } from './slices.ts'
import type { SliceWriter } from './write.ts'
import { writeSlices } from './write.ts'

interface Deps extends SliceWriter {
  readonly services: ReadonlyStore<Service>
  readonly pods: ReadonlyStore<Pod>
  readonly nodes: ReadonlyStore<Node>
  readonly slices: ReadonlyStore<EndpointSlice>
}

const serviceIndex = 'service'

export const endpointSliceController = defineController<Deps>({
  name: 'endpointslice-controller',
  primary: services,
  watches: [
    {
      type: pods,
      keys: (pod, deps, other) => servicesOf(pod as Pod, deps.services, other as Pod | undefined),
    },
    { type: endpointslices, keys: (slice) => serviceKeyOf(slice) },
  ],
  writes: ['discovery.k8s.io/endpointslices'],
  workersMax: 5,

  open({ client, clock, informer }) {
    const slices = informer(endpointslices)
    slices.addIndex(serviceIndex, serviceKeyOf)
    return {
      client,
      services: informer(services).store,
      pods: informer(pods).store,
      nodes: informer(nodes).store,
      slices: slices.store,
      pending: new PendingWrites(slices, clock),
    }
  },

  async reconcile(key, deps, signal) {
    const service = deps.services.get(key)
    if (service === undefined) {
      // The slices are the garbage collector's: the Service owns them.
      deps.pending.forget(key)
      return done
    }
    if (!selectsPods(service) || service.metadata.deletionTimestamp !== undefined) return done
    if (!deps.pending.settled(key)) return unsettled
    await reconcileService(key, service, { deps, signal })
    return done
  },
})

function serviceKeyOf({ metadata }: ApiObject): readonly string[] {
  const { labels = {}, namespace = '' } = metadata
  const name = labels[serviceNameLabel]
  return name === undefined || labels[managedByLabel] !== managedByUs
    ? []
    : [`${namespace}/${name}`]
}

async function reconcileService(
  key: string,
  service: Service,
  { deps, signal }: { readonly deps: Deps; readonly signal: AbortSignal },
): Promise<void> {
  const existing = deps.slices
    .byIndex(serviceIndex, key)
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const behind = podsBehind(service, deps.pods)
  const families = familiesOf(service)
  const rules = {
    endpointsMax: endpointsPerSliceMax,
    dress: (slice: EndpointSlice) => dressSlice(service, slice),
  }
  for (const family of families) {
    const nodeOf = (name: string) => deps.nodes.get(name)
    const desired = desiredEndpoints(service, behind, { family, nodeOf })
    const own = existing.filter(({ addressType }) => addressType === family)
    const isAsked = service.spec?.ipFamilies?.includes(family) === true || family === families[0]
    const isNeeded = own.length + desired.length > 0 || isAsked
    if (!isNeeded) continue
    const plan = planSlices(desired, own, rules)
    await writeSlices(deps, { key, plan, draft: (each) => newSlice(service, family, each) }, signal)
  }
  const remove = existing.filter(
    ({ addressType }) => !(families as readonly string[]).includes(addressType),
  )
  const plan = { create: [], update: [], remove }
  await writeSlices(deps, { key, plan, draft: (each) => newSlice(service, 'IPv4', each) }, signal)
}
