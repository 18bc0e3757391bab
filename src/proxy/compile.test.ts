import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Service, ServiceSpec } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import { compileService } from './compile.ts'
import type { NodeFacts, PortRules } from './compile.ts'
import { genuineServices, sampleNode, sampleService, sampleSlice } from './samples.ts'
import { planAll } from './transactions.ts'

/** All rules by chain, with the chain's short name: `nat SVC`, `filter KUBE-SERVICES`. */
function rules(
  service: Service,
  slices: readonly EndpointSlice[],
  node: Partial<NodeFacts> = {},
): Record<string, string[]> {
  const result: Record<string, string[]> = {}
  const shorten = (text: string): string =>
    text
      .replace(/KUBE-(SVC|SVL|EXT|FW|SEP)-\w{16}/g, '$1')
      .replaceAll(/-m comment --comment "[^"]*" ?/g, '')
      .trim()
  const add = (chain: string, rule: string): void => {
    ;(result[shorten(chain)] ??= []).push(shorten(rule))
  }
  for (const port of compileService(service, slices, { ...sampleNode, ...node })) {
    for (const { table, chain, rule } of port.shared) add(`${table} ${chain}`, rule)
    for (const [chain, own] of port.chains) for (const rule of own) add(`nat ${chain}`, rule)
  }
  return result
}

function compileAll(): Map<string, PortRules> {
  return new Map(
    genuineServices
      .flatMap(({ service, slices }) => compileService(service, slices, sampleNode))
      .map((port) => [port.port.key, port]),
  )
}

test('the nine kinds of Service, as a whole', () => {
  const file = new URL('testdata/nine-services.txt', import.meta.url)
  const text = planAll(compileAll(), sampleNode, new Map()).join('')
  if (process.env['UPDATE_TESTDATA'] === '1') writeFileSync(file, text)
  assert.equal(text, readFileSync(file, 'utf8'))
})

test('chain names are those of a genuine kube-proxy', () => {
  const names = new Set([...compileAll().values()].flatMap((port) => [...port.chains.keys()]))
  for (const name of [
    'KUBE-SVC-2AKPBYKY4XW6SQKD',
    'KUBE-SVC-DBIWWHUGPGXKHK6Z',
    'KUBE-SVC-FVHMXWBCHYESQRH5',
    'KUBE-SVC-IM7UOZJN5365FTUW',
    'KUBE-SVC-JNITXWN5HIYHBLPI',
    'KUBE-SVC-NCQNSFU37KTDUD25',
    'KUBE-SVC-ZEV62BVE3P5THPWB',
    'KUBE-FW-FVHMXWBCHYESQRH5',
    'KUBE-SEP-4DCRLYBLP2Y5F5JR',
    'KUBE-SEP-CLRP4LDNJB43BEU4',
    'KUBE-SEP-DX4OME72E2VTLDOE',
    'KUBE-SEP-NKBYSTKKQKBQH7JU',
    'KUBE-SEP-YDCVAJZ2SNGBIVQE',
  ]) {
    assert.ok(names.has(name), name)
  }
})

const tcp80 = '-m tcp -p tcp -d 10.0.0.1 --dport 80'
const base = { clusterIP: '10.0.0.1', ports: [{ port: 80 }] }
const nodePort: ServiceSpec = { ...base, type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }
const remote = { addresses: ['10.244.2.9'], nodeName: 'n2' }
const localSpec: ServiceSpec = { ...nodePort, externalTrafficPolicy: 'Local' }

const cases: {
  title: string
  spec: ServiceSpec
  rest?: Parameters<typeof sampleService>[2]
  endpoints?: Parameters<typeof sampleSlice>[1]
  node?: Partial<NodeFacts>
  expect: Record<string, readonly string[]>
}[] = [
  { title: 'a headless Service has no rules', spec: { ...base, clusterIP: 'None' }, expect: {} },
  {
    title: 'an ExternalName Service has no rules',
    spec: { type: 'ExternalName', externalName: 'a.b', ports: [{ port: 80 }] },
    expect: {},
  },
  {
    title: "another proxy's Service has no rules",
    spec: base,
    rest: { labels: { 'service.kubernetes.io/service-proxy-name': 'x' } },
    endpoints: ['10.244.1.1'],
    expect: {},
  },
  {
    title: 'no endpoints: refused',
    spec: nodePort,
    expect: {
      'filter KUBE-SERVICES': [`${tcp80} -j REJECT`],
      'filter KUBE-EXTERNAL-SERVICES': [
        '-m addrtype --dst-type LOCAL -m tcp -p tcp --dport 30080 -j REJECT',
      ],
    },
  },
  {
    title: 'an unready endpoint is none',
    spec: base,
    endpoints: [{ addresses: ['10.244.1.1'], conditions: { ready: false, serving: false } }],
    expect: { 'filter KUBE-SERVICES': [`${tcp80} -j REJECT`] },
  },
  {
    title: 'terminating endpoints serve when no other is ready',
    spec: base,
    endpoints: [
      {
        addresses: ['10.244.1.1'],
        conditions: { ready: false, serving: true, terminating: true },
      },
      {
        addresses: ['10.244.1.2'],
        conditions: { ready: false, serving: false, terminating: true },
      },
    ],
    expect: {
      'nat KUBE-SERVICES': [`${tcp80} -j SVC`],
      'nat SVC': [`${tcp80} ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ`, '-j SEP'],
      'nat SEP': [
        '-s 10.244.1.1 -j KUBE-MARK-MASQ',
        '-m tcp -p tcp -j DNAT --to-destination 10.244.1.1:80',
      ],
    },
  },
  {
    title: 'masquerade-all',
    spec: base,
    endpoints: ['10.244.1.1'],
    node: { masqueradeAll: true },
    expect: {
      'nat KUBE-SERVICES': [`${tcp80} -j SVC`],
      'nat SVC': [`${tcp80} -j KUBE-MARK-MASQ`, '-j SEP'],
      'nat SEP': [
        '-s 10.244.1.1 -j KUBE-MARK-MASQ',
        '-m tcp -p tcp -j DNAT --to-destination 10.244.1.1:80',
      ],
    },
  },
  {
    title: 'pods are unknown: nothing is masqueraded on the way in',
    spec: { ...base, ports: [{ port: 80, protocol: 'SCTP' }] },
    endpoints: ['10.244.1.1'],
    node: { podTraffic: { by: 'nothing' } },
    expect: {
      'filter KUBE-SERVICES': ['-m sctp -p sctp -d 10.0.0.1 --dport 80 -j REJECT'],
    },
  },
  {
    title: 'externalTrafficPolicy Local without local endpoints: dropped, but not for our own',
    spec: localSpec,
    endpoints: [remote],
    node: { podTraffic: { by: 'interface-prefix', prefix: 'veth' } },
    expect: {
      'nat KUBE-SERVICES': [`${tcp80} -j SVC`],
      'nat KUBE-NODEPORTS': ['-m tcp -p tcp --dport 30080 -j EXT'],
      'filter KUBE-EXTERNAL-SERVICES': [
        '-m addrtype --dst-type LOCAL -m tcp -p tcp --dport 30080 -j DROP',
      ],
      'nat EXT': [
        '-i veth+ -j SVC',
        '-m addrtype --src-type LOCAL -j KUBE-MARK-MASQ',
        '-m addrtype --src-type LOCAL -j SVC',
      ],
      'nat SVC': [`${tcp80} ! -i veth+ -j KUBE-MARK-MASQ`, '-j SEP'],
      'nat SEP': [
        '-s 10.244.2.9 -j KUBE-MARK-MASQ',
        '-m tcp -p tcp -j DNAT --to-destination 10.244.2.9:80',
      ],
    },
  },
  {
    title: 'internalTrafficPolicy Local without local endpoints: dropped',
    spec: { ...base, internalTrafficPolicy: 'Local' },
    endpoints: [remote],
    expect: { 'filter KUBE-SERVICES': [`${tcp80} -j DROP`] },
  },
  {
    title: 'internalTrafficPolicy Local uses local endpoints only',
    spec: { ...base, internalTrafficPolicy: 'Local' },
    endpoints: [remote, '10.244.1.1'],
    expect: {
      'nat KUBE-SERVICES': [`${tcp80} -j SVL`],
      'nat SVL': [`${tcp80} ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ`, '-j SEP'],
      'nat SEP': [
        '-s 10.244.1.1 -j KUBE-MARK-MASQ',
        '-m tcp -p tcp -j DNAT --to-destination 10.244.1.1:80',
      ],
    },
  },
  {
    title: 'a load balancer: source ranges that hold the node let its own address through',
    spec: {
      ...base,
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      healthCheckNodePort: 32000,
      loadBalancerSourceRanges: [' 192.0.2.0/24', 'fd00::/8'],
    },
    rest: {
      status: {
        loadBalancer: {
          ingress: [
            { ip: '198.51.100.9' },
            { ip: '198.51.100.8', ipMode: 'Proxy' },
            { hostname: 'h' },
          ],
        },
      },
    },
    endpoints: ['10.244.1.1'],
    expect: {
      'nat KUBE-SERVICES': [`${tcp80} -j SVC`, '-m tcp -p tcp -d 198.51.100.9 --dport 80 -j FW'],
      'filter KUBE-PROXY-FIREWALL': ['-m tcp -p tcp -d 198.51.100.9 --dport 80 -j DROP'],
      'filter KUBE-NODEPORTS': ['-m tcp -p tcp --dport 32000 -j ACCEPT'],
      'nat EXT': [
        '-s 10.244.0.0/16 -j SVC',
        '-m addrtype --src-type LOCAL -j KUBE-MARK-MASQ',
        '-m addrtype --src-type LOCAL -j SVC',
        '-j SVL',
      ],
      'nat FW': ['-s 192.0.2.0/24 -j EXT', '-s 198.51.100.9 -j EXT', ''],
      'nat SVC': [`${tcp80} ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ`, '-j SEP'],
      'nat SVL': ['-j SEP'],
      'nat SEP': [
        '-s 10.244.1.1 -j KUBE-MARK-MASQ',
        '-m tcp -p tcp -j DNAT --to-destination 10.244.1.1:80',
      ],
    },
  },
]

for (const { title, spec, rest, endpoints = [], node, expect } of cases) {
  test(title, () => {
    assert.deepEqual(
      rules(sampleService('s', spec, rest), [sampleSlice('s', endpoints)], node),
      expect,
    )
  })
}

test('IPv6: its own addresses, endpoints and ranges', () => {
  const service = sampleService('s', {
    clusterIP: '10.0.0.1',
    clusterIPs: ['10.0.0.1', 'fd00::1'],
    ports: [{ port: 80 }],
  })
  const six = { ...sampleSlice('s', ['fd01::5']), addressType: 'IPv6' }
  const got = rules(service, [sampleSlice('s', ['10.244.1.1']), six], {
    family: 'IPv6',
    podTraffic: { by: 'bridge', name: 'cni0' },
  })
  assert.deepEqual(got, {
    'nat KUBE-SERVICES': ['-m tcp -p tcp -d fd00::1 --dport 80 -j SVC'],
    'nat SVC': ['-m tcp -p tcp -d fd00::1 --dport 80 ! -i cni0 -j KUBE-MARK-MASQ', '-j SEP'],
    'nat SEP': [
      '-s fd01::5 -j KUBE-MARK-MASQ',
      '-m tcp -p tcp -j DNAT --to-destination [fd01::5]:80',
    ],
  })
})

test('hints: this node first, then its zone; ignored unless every endpoint has them', () => {
  const targets = (slices: EndpointSlice[], zone = 'a'): string[] =>
    (rules(sampleService('s', base), slices, { zone })['nat SEP'] ?? []).flatMap(
      (rule) => /destination (\S+):/.exec(rule)?.[1] ?? [],
    )
  const endpoint = (ip: string, zones: string[], nodes: string[] = []) => ({
    addresses: [ip],
    hints: {
      forZones: zones.map((name) => ({ name })),
      forNodes: nodes.map((name) => ({ name })),
    },
  })
  const inZones = sampleSlice('s', [endpoint('10.0.1.1', ['a']), endpoint('10.0.1.2', ['b'])])
  assert.deepEqual(targets([inZones]), ['10.0.1.1'])
  assert.deepEqual(targets([inZones], 'c'), ['10.0.1.1', '10.0.1.2'])
  assert.deepEqual(targets([inZones, sampleSlice('s', ['10.0.1.3'])]), [
    '10.0.1.1',
    '10.0.1.2',
    '10.0.1.3',
  ])
  const onNodes = sampleSlice('s', [
    endpoint('10.0.1.1', ['a'], ['n2']),
    endpoint('10.0.1.2', ['b'], ['n1']),
  ])
  assert.deepEqual(targets([onNodes]), ['10.0.1.2'])
})

test('above a thousand endpoints the comments per endpoint are left out', () => {
  const [port] = compileService(sampleService('s', base), [sampleSlice('s', ['10.244.1.1'])], {
    ...sampleNode,
    manyEndpoints: true,
  })
  const own = [...(port?.chains.values() ?? [])].flat()
  assert.deepEqual(
    own.filter((rule) => rule.includes('comment')),
    [`-m comment --comment "ipt/s cluster IP" ${tcp80} ! -s 10.244.0.0/16 -j KUBE-MARK-MASQ`],
  )
})
