/** Services, what stands behind them, and policies. */
import type { Placed } from './place.ts'

function named(name: string, more: object = {}) {
  return { name, namespace: 'lab', ...more }
}

function endpoint(address: string, more: object = {}) {
  return { addresses: [address], conditions: { ready: true }, ...more }
}

function slice(name: string, service: string, fields: object): Placed {
  return {
    collection: '/apis/discovery.k8s.io/v1/endpointslices',
    metadata: named(name, { labels: { 'kubernetes.io/service-name': service } }),
    fields: { addressType: 'IPv4', ...fields },
  }
}

function backend(name: string, port: object) {
  return { path: `/${name}`, pathType: 'Prefix', backend: { service: { name, port } } }
}

export const serviceObjects: readonly Placed[] = [
  {
    collection: '/api/v1/services',
    metadata: named('balanced', { annotations: { note: 'x' } }),
    fields: {
      spec: {
        type: 'LoadBalancer',
        clusterIP: '10.96.0.30',
        selector: { app: 'front', tier: 'x' },
        externalIPs: ['198.51.100.1', '198.51.100.2'],
        loadBalancerIP: '198.51.100.9',
        loadBalancerSourceRanges: ['10.0.0.0/8', '192.168.0.0/16'],
        externalTrafficPolicy: 'Local',
        internalTrafficPolicy: 'Local',
        healthCheckNodePort: 30999,
        sessionAffinity: 'ClientIP',
        trafficDistribution: 'PreferClose',
        ports: [
          { name: 'http', port: 80, targetPort: 'web', nodePort: 30081 },
          { name: 'admin', port: 81, targetPort: 8081, nodePort: 30082, protocol: 'TCP' },
          { name: 'none', port: 82, targetPort: 82, nodePort: 30083 },
        ],
      },
    },
    status: {
      loadBalancer: {
        ingress: [
          { ip: '203.0.113.1', ipMode: 'VIP' },
          { ip: '203.0.113.2' },
          { hostname: 'lb.example' },
        ],
      },
    },
  },
  {
    collection: '/api/v1/services',
    metadata: named('elsewhere'),
    fields: { spec: { type: 'ExternalName', externalName: 'other.example' } },
  },
  {
    collection: '/api/v1/services',
    metadata: named('headless'),
    fields: { spec: { clusterIP: 'None', ports: [{ port: 5432 }] } },
  },
  slice('balanced-1', 'balanced', {
    ports: [
      { name: 'http', port: 8080 },
      { name: 'admin', port: 8081 },
    ],
    endpoints: [
      endpoint('10.244.0.1', {
        nodeName: 'big',
        zone: 'eu-1',
        hostname: 'h',
        targetRef: { kind: 'Pod', namespace: 'lab', name: 'rich' },
      }),
      endpoint('10.244.0.2', { conditions: { ready: false } }),
      endpoint('10.244.0.3', { conditions: {} }),
    ],
  }),
  slice('balanced-2', 'balanced', {
    ports: [{ name: 'http', port: 8080 }],
    endpoints: [endpoint('10.244.0.4'), endpoint('10.244.0.5'), endpoint('10.244.0.6')],
  }),
  slice('headless-1', 'headless', {
    endpoints: [endpoint('10.244.0.7'), endpoint('10.244.0.8', { conditions: { ready: false } })],
  }),
  slice('six', 'six', {
    addressType: 'IPv6',
    ports: [{ port: 80 }],
    endpoints: [endpoint('fd00::1')],
  }),
  slice('nothing', 'nothing', { endpoints: [], ports: [] }),
  {
    collection: '/api/v1/endpoints',
    metadata: named('manual'),
    fields: {
      subsets: [
        {
          addresses: [{ ip: '10.0.0.1' }, { ip: '10.0.0.2' }],
          notReadyAddresses: [{ ip: '10.0.0.3' }],
          ports: [
            { name: 'web', port: 80 },
            { name: 'dns', port: 53, protocol: 'UDP' },
          ],
        },
        { notReadyAddresses: [{ ip: '10.0.0.4' }], ports: [{ port: 1 }] },
      ],
    },
  },
  {
    collection: '/apis/networking.k8s.io/v1/ingresses',
    metadata: named('many', { annotations: { a: 'b', c: 'd' }, labels: { x: 'y' } }),
    fields: {
      spec: {
        defaultBackend: { service: { name: 'balanced', port: { name: 'http' } } },
        tls: [{ hosts: ['a.example', 'b.example'], secretName: 'tls' }, { hosts: ['c.example'] }],
        rules: [
          {
            host: 'a.example',
            http: {
              paths: [
                backend('balanced', { number: 81 }),
                backend('missing', { number: 80 }),
                backend('headless', { number: 5432 }),
                {
                  path: '/r',
                  pathType: 'ImplementationSpecific',
                  backend: { resource: { apiGroup: 'example.com', kind: 'Bucket', name: 'b' } },
                },
              ],
            },
          },
          {
            http: {
              paths: [
                {
                  pathType: 'ImplementationSpecific',
                  backend: { service: { name: 'balanced', port: { number: 80 } } },
                },
              ],
            },
          },
          { host: 'empty.example' },
        ],
      },
    },
    status: {
      loadBalancer: {
        ingress: [{ ip: '203.0.113.9' }, { hostname: 'a.example' }, { ip: '203.0.113.9' }],
      },
    },
  },
  {
    collection: '/apis/networking.k8s.io/v1/ingresses',
    metadata: named('default-only'),
    fields: { spec: { defaultBackend: { resource: { kind: 'Bucket', name: 'b' } } } },
  },
  {
    collection: '/apis/networking.k8s.io/v1/ingressclasses',
    metadata: { name: 'plain', labels: { a: 'b' } },
    fields: { spec: { controller: 'example.com/ingress' } },
  },
  {
    collection: '/apis/networking.k8s.io/v1/ingressclasses',
    metadata: {
      name: 'tuned',
      annotations: { 'ingressclass.kubernetes.io/is-default-class': 'false' },
    },
    fields: {
      spec: {
        controller: 'example.com/ingress',
        parameters: { apiGroup: 'example.com', kind: 'Params', name: 'p', scope: 'Cluster' },
      },
    },
  },
  {
    collection: '/apis/networking.k8s.io/v1/networkpolicies',
    metadata: named('full'),
    fields: {
      spec: {
        podSelector: {
          matchLabels: { app: 'front' },
          matchExpressions: [{ key: 'x', operator: 'NotIn', values: ['b', 'a'] }],
        },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          {
            ports: [
              { port: 80 },
              { port: 'dns', protocol: 'UDP' },
              { port: 1000, endPort: 2000, protocol: 'SCTP' },
              { protocol: 'TCP' },
            ],
            from: [
              { podSelector: { matchLabels: { a: 'b' } }, namespaceSelector: {} },
              { podSelector: {} },
              { namespaceSelector: { matchLabels: { team: 'a' } } },
              { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16', '10.2.0.0/16'] } },
            ],
          },
          {},
        ],
        egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/0' } }] }, { ports: [{ port: 53 }] }],
      },
    },
  },
  {
    collection: '/apis/networking.k8s.io/v1/networkpolicies',
    metadata: named('open'),
    fields: { spec: { podSelector: {}, policyTypes: ['Egress'] } },
  },
]
