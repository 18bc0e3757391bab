/** What the proxy watches in the API: Services, EndpointSlices and its own Node. */
import type { Node, Service } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import { endpointslices, nodes, services } from '#api/resources.gen.ts'
import type { Logger } from '#base/logger.ts'
import { objectKey } from '#client/object-store.ts'
import { startInformer } from '#client/start-informer.ts'
import type { ProxyOptions } from './options.ts'
import type { ProxySource } from './proxier.ts'
import { headlessLabel, serviceProxyNameLabel } from './service-ports.ts'

export interface Observed extends AsyncDisposable {
  readonly source: ProxySource
  /** Undefined while this node is not registered. */
  node(): Node | undefined
  /** Resolves when all is here that existed at the start; rejects when the signal aborts. */
  synced(): Promise<void>
  subscribe(handler: ObservedHandler): void
}

/** Keys are `namespace/name` of Services. */
export interface ObservedHandler {
  service(key: string): void
  /** `triggeredMs`: when the cause of the change happened, if the slice says. */
  slice(key: string, triggeredMs: number | undefined): void
  node(node: Node | undefined): void
}

const serviceNameLabel = 'kubernetes.io/service-name'
const triggerTimeAnnotation = 'endpoints.kubernetes.io/last-change-trigger-time'
const selector = `!${headlessLabel},!${serviceProxyNameLabel}`

export function observe(options: ProxyOptions, log: Logger, signal: AbortSignal): Observed {
  const { client, clock, nodeName } = options
  const common = { clock, random: () => options.random(), log, signal }
  const selected = { ...common, labelSelector: selector }
  const serviceInformer = startInformer(client, services, selected)
  const sliceInformer = startInformer(client, endpointslices, {
    ...selected,
    indexers: { service: (slice) => [serviceOf(slice)] },
  })
  const nodeInformer = startInformer(client, nodes, {
    ...common,
    fieldSelector: `metadata.name=${nodeName}`,
  })
  const all = [serviceInformer, sliceInformer, nodeInformer]
  return {
    source: {
      keys: () => serviceInformer.store.list().map(objectKey),
      service: (key) => serviceInformer.store.get(key),
      slices: (key) => sliceInformer.store.byIndex('service', key),
    },
    node: () => nodeInformer.store.get(nodeName),
    async synced() {
      await Promise.all(all.map((informer) => informer.synced(signal)))
    },
    subscribe(handler) {
      const service = (object: Service): void => handler.service(objectKey(object))
      const slice = (object: EndpointSlice): void =>
        handler.slice(serviceOf(object), triggerTimeMs(object))
      const node = (): void => handler.node(nodeInformer.store.get(nodeName))
      serviceInformer.subscribe({ added: service, updated: service, deleted: service })
      sliceInformer.subscribe({
        added: slice,
        updated(object, prior) {
          slice(object)
          if (serviceOf(prior) !== serviceOf(object)) slice(prior)
        },
        deleted: slice,
      })
      nodeInformer.subscribe({ added: node, updated: node, deleted: node })
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((informer) => informer[Symbol.asyncDispose]()))
    },
  }
}

function serviceOf(slice: EndpointSlice): string {
  return `${slice.metadata.namespace}/${slice.metadata.labels?.[serviceNameLabel] ?? ''}`
}

function triggerTimeMs(slice: EndpointSlice): number | undefined {
  const ms = Date.parse(slice.metadata.annotations?.[triggerTimeAnnotation] ?? '')
  return Number.isNaN(ms) ? undefined : ms
}
