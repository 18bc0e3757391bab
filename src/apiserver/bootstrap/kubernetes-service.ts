/**
 * The `kubernetes` Service in `default`, by which pods find the API server, and its endpoints.
 * Upstream: pkg/controlplane/controller/kubernetesservice/controller.go and
 * pkg/controlplane/reconcilers, v1.36.
 */
import type { Endpoints, Service } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import { endpoints, endpointslices, services } from '#api/resources.gen.ts'
import type { Draft } from '#api/resource-type.ts'
import { equalJson } from '#apiserver/watch-cache/json.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { ensure } from './ensure.ts'

export interface KubernetesService {
  /** The first address of the Service range. */
  readonly clusterIp: string
  /** Where the API servers of the cluster are. */
  readonly addresses: readonly string[]
  readonly port: number
}

const place = { namespace: 'default', name: 'kubernetes' }

/** Makes the three objects what they must be; writes nothing when they are. */
export async function ensureKubernetesService(
  objects: Objects,
  wanted: KubernetesService,
): Promise<void> {
  await ensureService(objects, wanted)
  // No pod could reach a loopback address, and endpoints may not have it.
  const addresses = wanted.addresses.filter((address) => !isLoopback(address))
  if (addresses.length === 0) return
  await ensureEndpoints(objects, { ...wanted, addresses })
  await ensureSlice(objects, { ...wanted, addresses })
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1'
}

async function ensureService(
  objects: Objects,
  { clusterIp, port }: KubernetesService,
): Promise<void> {
  const ports = [{ name: 'https', protocol: 'TCP', port: 443, targetPort: port }]
  const draft: Draft<Service> = {
    metadata: { ...place, labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: clusterIp,
      clusterIPs: [clusterIp],
      ipFamilyPolicy: 'SingleStack',
      ipFamilies: [clusterIp.includes(':') ? 'IPv6' : 'IPv4'],
      sessionAffinity: 'None',
      ports,
    },
  }
  await ensure(objects, services, place, draft)
  await objects.modify(services, place, (service: Service) => {
    if (equalJson(service.spec?.ports, ports)) return false
    service.spec = { ...service.spec, ports }
    return true
  })
}

async function ensureEndpoints(
  objects: Objects,
  { addresses, port }: KubernetesService,
): Promise<void> {
  const labels = { 'endpointslice.kubernetes.io/skip-mirror': 'true' }
  const subsets = [
    {
      addresses: addresses.map((ip) => ({ ip })),
      ports: [{ name: 'https', port, protocol: 'TCP' }],
    },
  ]
  await ensure(objects, endpoints, place, { metadata: { ...place, labels }, subsets })
  await objects.modify(endpoints, place, (found: Endpoints) => {
    if (equalJson(found.subsets, subsets) && equalJson(found.metadata.labels, labels)) return false
    found.subsets = subsets
    found.metadata.labels = { ...found.metadata.labels, ...labels }
    return true
  })
}

async function ensureSlice(
  objects: Objects,
  { addresses, port }: KubernetesService,
): Promise<void> {
  const wanted = {
    addressType: addresses[0]?.includes(':') === true ? 'IPv6' : 'IPv4',
    endpoints: addresses.map((address) => ({ addresses: [address], conditions: { ready: true } })),
    ports: [{ name: 'https', port, protocol: 'TCP' }],
  }
  const labels = { 'kubernetes.io/service-name': 'kubernetes' }
  const draft: Draft<EndpointSlice> = { metadata: { ...place, labels }, ...wanted }
  await ensure(objects, endpointslices, place, draft)
  await objects.modify(endpointslices, place, (slice: EndpointSlice) => {
    const { endpoints: have, ports } = slice
    if (equalJson(have, wanted.endpoints) && equalJson(ports, wanted.ports)) return false
    slice.endpoints = wanted.endpoints
    slice.ports = wanted.ports
    return true
  })
}
