/** The cluster as informers know it, in the form that the zone asks for. */
import type { Service } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import { endpointslices, namespaces, services } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Client } from '#client/client.ts'
import { startInformer } from '#client/start-informer.ts'
import { canonicalIp } from './zone.ts'
import type { ClusterView } from './zone.ts'

export interface WatchedView extends ClusterView, AsyncDisposable {
  /** Whether all is here that existed at the start. */
  readonly isSynced: boolean
  synced(): Promise<void>
}

export interface ViewOptions {
  readonly client: Client
  readonly clock: Clock
  random(): number
  readonly log: Logger
}

export function watchCluster(options: ViewOptions, signal: AbortSignal): WatchedView {
  const { client, clock, log } = options
  const common = { clock, log, random: () => options.random(), signal }
  const serviceInformer = startInformer(client, services, {
    ...common,
    indexers: { ip: clusterIps },
  })
  const sliceInformer = startInformer(client, endpointslices, {
    ...common,
    labelSelector: 'kubernetes.io/service-name',
    indexers: { service: (slice) => [serviceKey(slice)], ip: endpointIps },
  })
  const namespaceInformer = startInformer(client, namespaces, common)
  const all = [serviceInformer, sliceInformer, namespaceInformer]
  let serial = seconds(clock)
  const changed = (): void => {
    serial = seconds(clock)
  }
  for (const informer of [serviceInformer, sliceInformer]) {
    informer.subscribe({ added: changed, updated: changed, deleted: changed })
  }
  return {
    hasNamespace: (name) => namespaceInformer.store.get(name) !== undefined,
    service: (namespace, name) => serviceInformer.store.get(`${namespace}/${name}`),
    slices: (namespace, service) =>
      sliceInformer.store.byIndex('service', `${namespace}/${service}`),
    servicesWithIp: (ip) => serviceInformer.store.byIndex('ip', ip),
    slicesWithIp: (ip) => sliceInformer.store.byIndex('ip', ip),
    get serial() {
      return serial
    },
    get isSynced() {
      return all.every((informer) => informer.hasSynced)
    },
    async synced() {
      await Promise.all(all.map((informer) => informer.synced(signal)))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((informer) => informer[Symbol.asyncDispose]()))
    },
  }
}

function clusterIps(service: Service): string[] {
  const { clusterIP, clusterIPs } = service.spec
  return (clusterIPs ?? [clusterIP ?? '']).map(canonicalIp)
}

function endpointIps(slice: EndpointSlice): string[] {
  return (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses.map(canonicalIp))
}

function serviceKey(slice: EndpointSlice): string {
  return `${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name']}`
}

function seconds(clock: Clock): number {
  return Math.floor(clock.nowMs() / 1000)
}
