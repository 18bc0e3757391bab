/**
 * Slices that say what Endpoints say which somebody else than the cluster maintains.
 * Upstream: pkg/controller/endpointslicemirroring at v1.36.
 */
import type { EndpointAddress, Endpoints, EndpointSubset } from '#api/core/v1.gen.ts'
import type { Endpoint, EndpointSlice } from '#api/discovery/v1.gen.ts'
import { controllerRef } from '#api/meta/owners.ts'
import type { Draft } from '#api/resource-type.ts'
import { endpoints as endpointsType } from '#api/resources.gen.ts'
import { managedByLabel, serviceNameLabel } from '#controllers/endpoint-slice/plan.ts'
import type { Desired } from '#controllers/endpoint-slice/slices.ts'
import { portsKey } from '#controllers/endpoint-slice/slices.ts'
import { equal } from '#controllers/equal.ts'
import type { Family } from '#controllers/service-pods.ts'
import { familyOf } from '#controllers/service-pods.ts'

export const managedByMirroring = 'endpointslicemirroring-controller.k8s.io'

/** Upstream's --mirroring-max-endpoints-per-subset default. */
export const endpointsPerSubsetMax = 1000

const skipMirrorLabel = 'endpointslice.kubernetes.io/skip-mirror'
const leaderAnnotation = 'control-plane.alpha.kubernetes.io/leader'
const notCopied: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  'endpoints.kubernetes.io/last-change-trigger-time',
])

/** Some Endpoints are mirrored by their owner, some are no endpoints at all but locks. */
export function isMirrored({ metadata }: Endpoints): boolean {
  return (
    metadata.labels?.[skipMirrorLabel] !== 'true' &&
    metadata.annotations?.[leaderAnnotation] === undefined
  )
}

export function desiredMirror(endpoints: Endpoints, family: Family): readonly Desired[] {
  const groups = new Map<
    string,
    { ports: NonNullable<EndpointSubset['ports']>; endpoints: Endpoint[] }
  >()
  for (const { ports = [], addresses = [], notReadyAddresses = [] } of endpoints.subsets ?? []) {
    const content = [
      ...addresses.map((address) => endpointOf(address, true)),
      ...notReadyAddresses.map((address) => endpointOf(address, false)),
    ].filter((endpoint) => familyOf(endpoint.addresses[0] ?? '') === family)
    if (content.length === 0) continue
    const key = portsKey(ports)
    const group = groups.get(key) ?? { ports, endpoints: [] }
    const room = endpointsPerSubsetMax - group.endpoints.length
    group.endpoints.push(...content.slice(0, room))
    groups.set(key, group)
  }
  return [...groups.values()]
}

function endpointOf(address: EndpointAddress, ready: boolean): Endpoint {
  const { ip, hostname, nodeName, targetRef } = address
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef }),
  }
}

export function mirrorSlice(
  endpoints: Endpoints,
  family: Family,
  desired: Desired,
): Draft<EndpointSlice> {
  const { name, namespace = '' } = endpoints.metadata
  return {
    metadata: { generateName: `${name}-`, namespace, ...dressOf(endpoints) },
    addressType: family,
    ports: desired.ports.map(({ name: portName = '', ...port }) => ({ name: portName, ...port })),
    endpoints: [...desired.endpoints],
  }
}

/** The slice with the labels, annotations and owner of the Endpoints; itself if it has them. */
export function dressMirror(endpoints: Endpoints, slice: EndpointSlice): EndpointSlice {
  const { labels, annotations, ownerReferences } = slice.metadata
  const wanted = dressOf(endpoints)
  if (equal({ labels, annotations, ownerReferences }, wanted)) return slice
  return { ...slice, metadata: { ...slice.metadata, ...wanted } }
}

function dressOf(endpoints: Endpoints) {
  const { name, labels, annotations = {} } = endpoints.metadata
  return {
    labels: { ...labels, [serviceNameLabel]: name, [managedByLabel]: managedByMirroring },
    annotations: Object.fromEntries(
      Object.entries(annotations).filter(([key]) => !notCopied.has(key)),
    ),
    ownerReferences: [controllerRef(endpoints, endpointsType)],
  }
}
