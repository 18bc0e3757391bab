/**
 * The endpoints that a Service's slices should hold.
 * Upstream: staging/src/k8s.io/endpointslice/{utils,reconciler}.go at v1.36.
 */
import type { Node, Pod, Service } from '#api/core/v1.gen.ts'
import type { Endpoint, EndpointPort, EndpointSlice } from '#api/discovery/v1.gen.ts'
import { controllerRef } from '#api/meta/owners.ts'
import { isPodReady } from '#api/meta/pods.ts'
import type { Draft } from '#api/resource-type.ts'
import { services } from '#api/resources.gen.ts'
import { equal } from '#controllers/equal.ts'
import type { Family } from '#controllers/service-pods.ts'
import {
  familyOf,
  isHeadless,
  podAddresses,
  podHostname,
  referenceToPod,
  targetPort,
} from '#controllers/service-pods.ts'
import type { Desired } from './slices.ts'
import { portsKey } from './slices.ts'

export const serviceNameLabel = 'kubernetes.io/service-name'
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by'
export const headlessLabel = 'service.kubernetes.io/headless'
export const managedByUs = 'endpointslice-controller.k8s.io'

/** Upstream's --max-endpoints-per-slice default. */
export const endpointsPerSliceMax = 100

const zoneLabel = 'topology.kubernetes.io/zone'

/** The address families for which the Service has slices. */
export function familiesOf({ spec }: Service): readonly Family[] {
  if (spec?.ipFamilies !== undefined && spec.ipFamilies.length > 0) {
    return spec.ipFamilies as Family[]
  }
  const ip = spec?.clusterIP ?? ''
  return ip === '' || ip === 'None' ? ['IPv4', 'IPv6'] : [familyOf(ip)]
}

/** The node of that name, if it is known. */
type NodeOf = (name: string) => Node | undefined

/** Groups the pods by the numbers of their ports. */
export function desiredEndpoints(
  service: Service,
  pods: readonly Pod[],
  { family, nodeOf }: { readonly family: Family; readonly nodeOf: NodeOf },
): readonly Desired[] {
  const groups = new Map<string, { ports: readonly EndpointPort[]; endpoints: Endpoint[] }>()
  for (const pod of pods) {
    const addresses = podAddresses(pod, family)
    if (addresses.length === 0) continue
    const ports = portsOf(service, pod)
    const key = portsKey(ports)
    const group = groups.get(key) ?? { ports, endpoints: [] }
    group.endpoints.push(endpointOf(service, pod, { addresses, nodeOf }))
    groups.set(key, group)
  }
  return [...groups.values()]
}

function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  const ports: EndpointPort[] = []
  for (const servicePort of service.spec?.ports ?? []) {
    const port = targetPort(pod, servicePort)
    if (port === undefined) continue
    const { name = '', protocol = 'TCP', appProtocol } = servicePort
    ports.push({ name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) })
  }
  return ports
}

interface Placing {
  readonly addresses: readonly string[]
  readonly nodeOf: NodeOf
}

function endpointOf(service: Service, pod: Pod, { addresses, nodeOf }: Placing): Endpoint {
  const serving = isPodReady(pod)
  const terminating = pod.metadata.deletionTimestamp !== undefined
  const ready = service.spec?.publishNotReadyAddresses === true || (serving && !terminating)
  const { nodeName } = pod.spec
  const zone = nodeName === undefined ? undefined : nodeOf(nodeName)?.metadata.labels?.[zoneLabel]
  const hostname = podHostname(pod, service)
  return {
    addresses: [...addresses],
    conditions: { ready, serving, terminating },
    targetRef: referenceToPod(pod),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(zone === undefined ? {} : { zone }),
    ...(hostname === undefined ? {} : { hostname }),
  }
}

/** A new slice of the Service. */
export function newSlice(
  service: Service,
  family: Family,
  { ports, endpoints }: Desired,
): Draft<EndpointSlice> {
  const { name, namespace = '' } = service.metadata
  return {
    metadata: {
      generateName: `${name}-`,
      namespace,
      labels: sliceLabels(service),
      ownerReferences: [controllerRef(service, services)],
    },
    addressType: family,
    ports: [...ports],
    endpoints: [...endpoints],
  }
}

/** The slice with the Service's labels and the Service as owner; itself if it has them. */
export function dressSlice(service: Service, slice: EndpointSlice): EndpointSlice {
  const labels = sliceLabels(service)
  const owner = controllerRef(service, services)
  const { metadata } = slice
  const isOwned = metadata.ownerReferences?.some((reference) => equal(reference, owner)) === true
  if (isOwned && equal(metadata.labels, labels)) return slice
  const ownerReferences = isOwned ? (metadata.ownerReferences ?? []) : [owner]
  return { ...slice, metadata: { ...metadata, labels, ownerReferences } }
}

function sliceLabels(service: Service): Record<string, string> {
  const labels: Record<string, string> = { ...service.metadata.labels }
  delete labels[headlessLabel]
  if (isHeadless(service)) labels[headlessLabel] = ''
  labels[serviceNameLabel] = service.metadata.name
  labels[managedByLabel] = managedByUs
  return labels
}
