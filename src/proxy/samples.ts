/** Services and endpoints for this folder's tests. */
import type { Service, ServiceSpec } from '#api/core/v1.gen.ts'
import type { Endpoint, EndpointSlice } from '#api/discovery/v1.gen.ts'
import type { NodeFacts } from './compile.ts'

export const sampleNode: NodeFacts = {
  family: 'IPv4',
  nodeName: 'n1',
  zone: '',
  nodeIp: '192.0.2.2',
  podTraffic: { by: 'cidr', cidr: '10.244.0.0/16' },
  masqueradeAll: false,
  masqueradeMark: '0x4000',
  localhostNodePorts: true,
  nodePortAddresses: 'all',
  conntrackLiberal: false,
  manyEndpoints: false,
}

export function sampleService(
  name: string,
  spec: ServiceSpec,
  rest: Partial<Service> & { labels?: Record<string, string> } = {},
): Service {
  const { labels, ...others } = rest
  return {
    metadata: {
      name,
      namespace: 'ipt',
      uid: name,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...(labels === undefined ? {} : { labels }),
    } as Service['metadata'],
    spec,
    ...others,
  }
}

export function sampleSlice(
  service: string,
  endpoints: readonly (string | (Partial<Endpoint> & { addresses: string[] }))[],
  ports: EndpointSlice['ports'] = [{ port: 80, protocol: 'TCP' }],
): EndpointSlice {
  return {
    addressType: 'IPv4',
    metadata: {
      name: `${service}-1`,
      namespace: 'ipt',
      labels: { 'kubernetes.io/service-name': service },
    } as unknown as EndpointSlice['metadata'],
    endpoints: endpoints.map((endpoint) =>
      typeof endpoint === 'string'
        ? { addresses: [endpoint], conditions: { ready: true }, nodeName: 'n1' }
        : { conditions: { ready: true }, nodeName: 'n1', ...endpoint },
    ),
    ...(ports === undefined ? {} : { ports }),
  }
}

const two = ['10.244.1.42', '10.244.1.43']

/** The nine Services whose rules were recorded from a genuine kube-proxy, and their endpoints. */
export const genuineServices: readonly { service: Service; slices: readonly EndpointSlice[] }[] = [
  withPods(sampleService('plain', { clusterIP: '10.96.100.1', ports: [{ port: 80 }] })),
  withPods(
    sampleService('nodeport', {
      type: 'NodePort',
      clusterIP: '10.96.100.2',
      ports: [{ name: 'http', port: 80, nodePort: 31080 }],
    }),
    [{ name: 'http', port: 80, protocol: 'TCP' }],
  ),
  withPods(
    sampleService(
      'lb',
      {
        type: 'LoadBalancer',
        clusterIP: '10.96.100.3',
        loadBalancerSourceRanges: ['10.0.0.0/8'],
        ports: [{ port: 80, nodePort: 31081 }],
      },
      { status: { loadBalancer: { ingress: [{ ip: '198.51.100.9' }] } } },
    ),
  ),
  withPods(
    sampleService('local', {
      type: 'NodePort',
      clusterIP: '10.96.100.4',
      externalTrafficPolicy: 'Local',
      ports: [{ port: 80, nodePort: 31082 }],
    }),
  ),
  withPods(
    sampleService('sticky', {
      clusterIP: '10.96.100.5',
      sessionAffinity: 'ClientIP',
      ports: [{ port: 80 }],
    }),
  ),
  {
    service: sampleService('empty', { clusterIP: '10.96.100.6', ports: [{ port: 80 }] }),
    slices: [],
  },
  withPods(
    sampleService('udp', { clusterIP: '10.96.100.7', ports: [{ port: 53, protocol: 'UDP' }] }),
    [{ port: 53, protocol: 'UDP' }],
  ),
  withPods(
    sampleService('extip', {
      clusterIP: '10.96.100.8',
      externalIPs: ['198.51.100.7'],
      ports: [{ port: 80 }],
    }),
  ),
  withPods(sampleService('headless', { clusterIP: 'None', ports: [{ port: 80 }] })),
]

function withPods(
  service: Service,
  ports?: EndpointSlice['ports'],
): { service: Service; slices: readonly EndpointSlice[] } {
  return { service, slices: [sampleSlice(service.metadata.name, two, ports)] }
}
