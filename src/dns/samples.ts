/** A small cluster for this folder's tests. */
import type { Service, ServiceSpec } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import type { ClusterView, Zone } from './zone.ts'

export const sampleZone: Zone = { domain: 'cluster.local', serverIps: ['10.96.0.10'] }

const http = [{ name: 'http', port: 80, protocol: 'TCP' }]

export const sampleServices: readonly Service[] = [
  service('svc1', { clusterIP: '10.0.0.1', ports: http }),
  service('two-ports', {
    clusterIP: '10.0.0.2',
    ports: [...http, { name: 'dns', port: 53, protocol: 'UDP' }],
  }),
  service('dual', {
    clusterIP: '10.0.0.3',
    clusterIPs: ['10.0.0.3', 'fd00::3'],
    ports: http,
  }),
  service('hdls', { clusterIP: 'None', ports: http }),
  service('portless', { clusterIP: 'None' }),
  service('no-pods', { clusterIP: 'None', ports: http }),
  service('external', { type: 'ExternalName', externalName: 'ext.example.test' }),
  service('inside', { type: 'ExternalName', externalName: 'svc1.ns1.svc.cluster.local' }),
  service('nowhere', { type: 'ExternalName', externalName: 'gone.ns1.svc.cluster.local' }),
  service('loop', { type: 'ExternalName', externalName: 'loop.ns1.svc.cluster.local' }),
]

export const sampleSlices: readonly EndpointSlice[] = [
  slice('hdls', 'IPv4', {
    ports: http,
    endpoints: [
      { addresses: ['172.0.0.2'], conditions: { ready: true } },
      { addresses: ['172.0.0.3'], hostname: 'web-0' },
      { addresses: ['172.0.0.4'], conditions: { ready: false } },
    ],
  }),
  slice('hdls', 'IPv6', { ports: http, endpoints: [{ addresses: ['fd00:1::2'] }] }),
  slice('portless', 'IPv4', { endpoints: [{ addresses: ['172.0.0.20'] }] }),
  slice('svc1', 'IPv4', { ports: http, endpoints: [{ addresses: ['172.0.0.9'] }] }),
]

export const sampleView: ClusterView = {
  hasNamespace: (name) => name === 'ns1',
  service: (namespace, name) =>
    sampleServices.find(
      ({ metadata }) => metadata.namespace === namespace && metadata.name === name,
    ),
  slices: (_, name) => sampleSlices.filter((each) => each.metadata.name.startsWith(`${name}-IP`)),
  servicesWithIp: (ip) =>
    sampleServices.filter(({ spec }) => (spec.clusterIPs ?? [spec.clusterIP]).includes(ip)),
  slicesWithIp: (ip) =>
    sampleSlices.filter((each) => each.endpoints?.some(({ addresses }) => addresses.includes(ip))),
  serial: 1_499_347_823,
}

function service(name: string, spec: ServiceSpec): Service {
  return { metadata: { name, namespace: 'ns1', uid: name } as Service['metadata'], spec }
}

function slice(
  name: string,
  addressType: string,
  rest: Pick<EndpointSlice, 'ports' | 'endpoints'>,
): EndpointSlice {
  const metadata = {
    name: `${name}-${addressType}`,
    namespace: 'ns1',
    labels: { 'kubernetes.io/service-name': name },
  } as unknown as EndpointSlice['metadata']
  return { addressType, metadata, ...rest }
}
