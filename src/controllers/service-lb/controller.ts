/**
 * Services of type LoadBalancer on bare nodes: the nodes' own addresses are the balancer, since every
 * node's proxy answers there. Without it they would wait for a cloud for ever.
 */
import type { Node, Service } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import { endpointslices, nodes, services } from '#api/resources.gen.ts'
import type { Client } from '#client/client.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { objectKey } from '#client/object-store.ts'
import type { Outcome } from '#controllers/controller.ts'
import { defineController, done } from '#controllers/controller.ts'
import { serviceNameLabel } from '#controllers/endpoint-slice/plan.ts'
import { equal } from '#controllers/equal.ts'
import { unlessGone } from '#controllers/writes.ts'
import { ingressOf, isBalanced } from './plan.ts'

interface Deps {
  readonly client: Client
  readonly services: ReadonlyStore<Service>
  readonly nodes: ReadonlyStore<Node>
  readonly slices: ReadonlyStore<EndpointSlice>
}

export const serviceLbController = defineController<Deps>({
  name: 'service-lb-controller',
  primary: services,
  watches: [
    {
      type: nodes,
      keys(node, deps, other) {
        const isSame = other !== undefined && equal(view(node as Node), view(other as Node))
        return isSame ? [] : deps.services.list().filter(isBalanced).map(objectKey)
      },
    },
    {
      type: endpointslices,
      keys({ metadata }, deps) {
        const key = `${metadata.namespace}/${metadata.labels?.[serviceNameLabel]}`
        const service = deps.services.get(key)
        const isLocal = service?.spec?.externalTrafficPolicy === 'Local'
        return isLocal && isBalanced(service) ? [key] : []
      },
    },
  ],
  writes: ['services/status'],
  workersMax: 1,

  open: ({ client, informer }) => ({
    client,
    services: informer(services).store,
    nodes: informer(nodes).store,
    slices: informer(endpointslices).store,
  }),

  async reconcile(key, deps, signal): Promise<Outcome> {
    const service = deps.services.get(key)
    if (service === undefined || service.metadata.deletionTimestamp !== undefined) return done
    const ingress = isBalanced(service)
      ? ingressOf(service, deps.nodes.list(), nodesWithEndpoints(service, deps))
      : abandoned(service)
    if (ingress === undefined || equal(service.status?.loadBalancer?.ingress, ingress)) return done
    const next = {
      ...service,
      status: { ...service.status, loadBalancer: { ingress: [...ingress] } },
    }
    const client = deps.client.in(services, service.metadata.namespace ?? '')
    await unlessGone(client.update(next, { subresource: 'status', signal }))
    return done
  },
})

/** A Service that is no balancer any more keeps no address; others' balancers are theirs. */
function abandoned({ spec }: Service): readonly [] | undefined {
  return spec?.type === 'LoadBalancer' ? undefined : []
}

function nodesWithEndpoints({ metadata }: Service, { slices }: Deps): ReadonlySet<string> {
  const names = slices
    .inNamespace(metadata.namespace ?? '')
    .filter((slice) => slice.metadata.labels?.[serviceNameLabel] === metadata.name)
    .flatMap(({ endpoints = [] }) => endpoints)
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ nodeName }) => nodeName ?? [])
  return new Set(names)
}

/** What of a node matters here: heartbeats must not wake anybody. */
function view({ metadata, status }: Node): unknown {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')?.status
  return [metadata.labels, status?.addresses, ready]
}
