/**
 * Keeps the Endpoints of every Service that selects pods, for clients that do not read slices yet.
 * Upstream: pkg/controller/endpoint/endpoints_controller.go at v1.36.
 */
import type { Endpoints, Pod, Service } from '#api/core/v1.gen.ts'
import { endpoints, pods, services } from '#api/resources.gen.ts'
import type { Client } from '#client/client.ts'
import { splitKey } from '#client/object-store.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { defineController, done } from '#controllers/controller.ts'
import { PendingWrites, unsettled } from '#controllers/pending-writes.ts'
import { podsBehind, selectsPods, servicesOf } from '#controllers/service-pods.ts'
import { unlessExists, unlessGone } from '#controllers/writes.ts'
import { managedByLabel, managedByUs, planEndpoints } from './plan.ts'

interface Deps {
  readonly client: Client
  readonly services: ReadonlyStore<Service>
  readonly pods: ReadonlyStore<Pod>
  readonly endpoints: ReadonlyStore<Endpoints>
  readonly pending: PendingWrites<Endpoints>
}

export const endpointsController = defineController<Deps>({
  name: 'endpoints-controller',
  primary: services,
  watches: [
    {
      type: pods,
      keys: (pod, deps, other) => servicesOf(pod as Pod, deps.services, other as Pod | undefined),
    },
    { type: endpoints, keys: ({ metadata }) => [`${metadata.namespace}/${metadata.name}`] },
  ],
  writes: ['endpoints'],
  workersMax: 5,

  open({ client, clock, informer }) {
    const endpointsInformer = informer(endpoints)
    return {
      client,
      services: informer(services).store,
      pods: informer(pods).store,
      endpoints: endpointsInformer.store,
      pending: new PendingWrites(endpointsInformer, clock),
    }
  },

  async reconcile(key, deps, signal) {
    const service = deps.services.get(key)
    const prior = deps.endpoints.get(key)
    if (service === undefined) {
      deps.pending.forget(key)
      if (isOurs(prior)) await remove(key, deps, signal)
      return done
    }
    if (!selectsPods(service) || service.metadata.deletionTimestamp !== undefined) return done
    if (!deps.pending.settled(key)) return unsettled
    const next = planEndpoints(service, podsBehind(service, deps.pods), prior)
    if (next === undefined) return done
    const client = deps.client.in(endpoints, splitKey(key).namespace)
    const written =
      prior === undefined
        ? await unlessExists(client.create(next, { signal }))
        : await unlessGone(client.update(next as Endpoints, { signal }))
    if (written !== undefined) deps.pending.wrote(key, written)
    return done
  },
})

/** Endpoints that somebody made by hand may stand without a Service. */
function isOurs(prior: Endpoints | undefined): boolean {
  return prior?.metadata.labels?.[managedByLabel] === managedByUs
}

async function remove(key: string, { client }: Deps, signal: AbortSignal): Promise<void> {
  const { namespace, name } = splitKey(key)
  await unlessGone(client.in(endpoints, namespace).delete(name, { signal }))
}
