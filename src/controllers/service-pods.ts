/**
 * Which pods stand behind a Service, and how they are reached. Shared by Endpoints and EndpointSlices.
 * Upstream: staging/src/k8s.io/endpointslice/util/controller_utils.go at v1.36.
 */
import type { Pod, Service, ServicePort } from '#api/core/v1.gen.ts'
import { isPodReady, isPodTerminal, isRestartableInitContainer } from '#api/meta/pods.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { objectKey } from '#client/object-store.ts'
import { equal } from './equal.ts'

export type Family = 'IPv4' | 'IPv6'

export function isHeadless({ spec }: Service): boolean {
  return spec?.clusterIP === 'None'
}

/** Whether controllers make endpoints for the Service: it selects pods and is no mere alias. */
export function selectsPods({ spec }: Service): boolean {
  return spec?.selector !== undefined && spec.type !== 'ExternalName'
}

/** The Service's pods that have an address and have not ended. */
export function podsBehind(service: Service, pods: ReadonlyStore<Pod>): readonly Pod[] {
  const selector = Object.entries(service.spec?.selector ?? {})
  return pods
    .inNamespace(service.metadata.namespace ?? '')
    .filter((pod) => matches(selector, pod) && hasAddress(pod))
}

function hasAddress(pod: Pod): boolean {
  return !isPodTerminal(pod) && addressesOf(pod).length > 0
}

function addressesOf({ status }: Pod): readonly string[] {
  const ips = status?.podIPs?.map(({ ip }) => ip) ?? []
  return ips.length > 0 || !status?.podIP ? ips : [status.podIP]
}

/** The pod's addresses of a family. */
export function podAddresses(pod: Pod, family: Family): readonly string[] {
  return addressesOf(pod).filter((ip) => familyOf(ip) === family)
}

export function familyOf(ip: string): Family {
  return ip.includes(':') ? 'IPv6' : 'IPv4'
}

/** The number behind a Service's port in a pod; undefined when the pod has no port of that name. */
export function targetPort(pod: Pod, { targetPort: target, port, protocol }: ServicePort) {
  if (target === undefined || target === 0 || target === '') return port
  if (typeof target === 'number') return target
  const sidecars = (pod.spec.initContainers ?? []).filter(isRestartableInitContainer)
  for (const { ports } of [...pod.spec.containers, ...sidecars]) {
    const named = ports?.find(
      (each) => each.name === target && (each.protocol ?? 'TCP') === (protocol ?? 'TCP'),
    )
    if (named !== undefined) return named.containerPort
  }
  return undefined
}

/** The name under which DNS finds the single pod; undefined for most. */
export function podHostname(pod: Pod, service: Service): string | undefined {
  const { hostname, subdomain } = pod.spec
  return hostname && subdomain === service.metadata.name ? hostname : undefined
}

export function referenceToPod({ metadata }: Pod) {
  const { namespace = '', name, uid } = metadata
  return { kind: 'Pod', namespace, name, uid }
}

/**
 * Keys of the Services that this state of a pod matters to, none if the other state (before or after)
 * looks the same to them.
 */
export function servicesOf(
  pod: Pod,
  services: ReadonlyStore<Service>,
  other: Pod | undefined,
): readonly string[] {
  if (other !== undefined && equal(view(pod), view(other))) return []
  return services
    .inNamespace(pod.metadata.namespace ?? '')
    .filter((service) => selectsPods(service) && selects(service, pod))
    .map((service) => objectKey(service as ApiObject))
}

function selects({ spec }: Service, pod: Pod): boolean {
  return matches(Object.entries(spec?.selector ?? {}), pod)
}

function matches(selector: readonly (readonly [string, string])[], { metadata }: Pod): boolean {
  return selector.every(([name, value]) => metadata.labels?.[name] === value)
}

/** What endpoints are made of. */
function view(pod: Pod): unknown {
  const { labels, deletionTimestamp } = pod.metadata
  return [
    labels,
    deletionTimestamp !== undefined,
    hasAddress(pod) ? addressesOf(pod) : [],
    isPodReady(pod),
    pod.spec.nodeName,
  ]
}
