import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node } from '#api/core/v1.gen.ts'
import { silentLogger } from '#base/logger.ts'
import type { Sysctl } from '#linux/sysctl.ts'
import { nodeFacts } from './node-facts.ts'
import { setUpNode } from './node-setup.ts'
import { proxyDefaults } from './options.ts'
import type { DetectLocal, ProxyOptions } from './options.ts'

function fakeSysctl(values: Record<string, string>, refused: readonly string[] = []): Sysctl {
  return {
    read: (name) => values[name],
    write(name, value) {
      if (refused.includes(name)) throw new Error('EPERM')
      values[name] = value
    },
  }
}

const node = {
  metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'a' } },
  spec: { podCIDRs: ['10.244.3.0/24', 'fd01::/64'] },
} as unknown as Node

function options(rest: Partial<ProxyOptions>): ProxyOptions {
  return {
    ...proxyDefaults,
    nodeName: 'n1',
    nodeIps: ['192.0.2.2', 'fd00::2'],
    sysctl: fakeSysctl({}),
    detectLocal: { mode: 'NodeCIDR' },
    ...rest,
  } as ProxyOptions
}

const modes: readonly { detectLocal: DetectLocal; family: 'IPv4' | 'IPv6'; traffic: unknown }[] = [
  {
    detectLocal: { mode: 'ClusterCIDR', cidrs: ['10.244.0.0/16'] },
    family: 'IPv4',
    traffic: { by: 'cidr', cidr: '10.244.0.0/16' },
  },
  {
    detectLocal: { mode: 'ClusterCIDR', cidrs: ['10.244.0.0/16'] },
    family: 'IPv6',
    traffic: { by: 'nothing' },
  },
  {
    detectLocal: { mode: 'NodeCIDR' },
    family: 'IPv6',
    traffic: { by: 'cidr', cidr: 'fd01::/64' },
  },
  {
    detectLocal: { mode: 'BridgeInterface', bridge: 'cni0' },
    family: 'IPv4',
    traffic: { by: 'bridge', name: 'cni0' },
  },
  {
    detectLocal: { mode: 'InterfaceNamePrefix', prefix: 'veth' },
    family: 'IPv4',
    traffic: { by: 'interface-prefix', prefix: 'veth' },
  },
]

for (const { detectLocal, family, traffic } of modes) {
  test(`${detectLocal.mode}, ${family}: pods are known ${JSON.stringify(traffic)}`, () => {
    assert.deepEqual(nodeFacts(options({ detectLocal }), family, node).podTraffic, traffic)
  })
}

test('zone, address, mark, and a Node that is not there yet', () => {
  const facts = nodeFacts(options({}), 'IPv6', node)
  assert.deepEqual(
    [facts.zone, facts.nodeIp, facts.masqueradeMark, facts.nodePortAddresses],
    ['a', 'fd00::2', '0x4000', 'all'],
  )
  const unknown = nodeFacts(options({}), 'IPv4', undefined)
  assert.deepEqual([unknown.zone, unknown.podTraffic], ['', { by: 'nothing' }])
})

test('node port addresses: by CIDR, or the primary one', () => {
  const addresses = (cidrs: readonly string[]): unknown =>
    nodeFacts(options({ nodePortAddresses: cidrs }), 'IPv4', node).nodePortAddresses
  assert.deepEqual(addresses(['127.0.0.0/8']), ['127.0.0.1'])
  assert.deepEqual(addresses(['primary']), ['192.0.2.2'])
  assert.equal(addresses(['0.0.0.0/0']), 'all')
  assert.equal(addresses(['fd00::/8']), 'all')
})

test('the kernel is set up; what it refuses is left', () => {
  const values: Record<string, string> = {
    'net.ipv4.conf.all.route_localnet': '0',
    'net.netfilter.nf_conntrack_max': '262144',
    'net.netfilter.nf_conntrack_tcp_timeout_established': '432000',
  }
  const sysctl = fakeSysctl(values, ['net.netfilter.nf_conntrack_tcp_timeout_close_wait'])
  const setup = { ...proxyDefaults, sysctl, log: silentLogger, cores: 4 }
  setUpNode(setup, ['IPv4'])
  assert.deepEqual(values, {
    'net.ipv4.conf.all.route_localnet': '1',
    'net.netfilter.nf_conntrack_max': '262144',
    'net.netfilter.nf_conntrack_tcp_timeout_established': '86400',
  })
  setUpNode({ ...setup, cores: 16 }, ['IPv6'])
  assert.equal(values['net.netfilter.nf_conntrack_max'], String(16 * 32_768))
})
