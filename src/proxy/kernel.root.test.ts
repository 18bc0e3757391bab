/** The kernel takes every shape of rule, in both families, and keeps as many as were written. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { detectIptables } from '#linux/iptables.ts'
import { inNetworkNamespace, run } from '#linux/run.ts'
import type { NodeFacts } from './compile.ts'
import { Proxier } from './proxier.ts'
import { sampleNode, sampleService, sampleSlice } from './samples.ts'

const families = [
  { family: 'IPv4', prefix: '10.96.0.', pods: '10.244.1.', range: '198.18.0.0/15' },
  { family: 'IPv6', prefix: 'fd00::', pods: 'fd01::', range: 'fd02::/64' },
] as const

const podTraffics: readonly NodeFacts['podTraffic'][] = [
  { by: 'bridge', name: 'cni0' },
  { by: 'interface-prefix', prefix: 'veth' },
  { by: 'nothing' },
]

for (const { family, prefix, pods, range } of families) {
  test(`${family}: every shape of rule`, { timeout: 60_000 }, async () => {
    const namespace = `kproxy-kernel-${process.pid}`
    await run('ip', ['netns', 'add', namespace])
    try {
      const iptables = await detectIptables(
        inNetworkNamespace(run, `/run/netns/${namespace}`),
        family,
      )
      assert.ok(iptables)
      const ports = [
        { name: 'tcp', port: 80, nodePort: 30080 },
        { name: 'udp', port: 80, nodePort: 30080, protocol: 'UDP' },
        { name: 'sctp', port: 80, nodePort: 30080, protocol: 'SCTP' },
      ]
      const service = sampleService(
        's',
        {
          type: 'LoadBalancer',
          clusterIP: `${prefix}1`,
          externalIPs: [`${prefix}2`],
          loadBalancerSourceRanges: [range],
          externalTrafficPolicy: 'Local',
          healthCheckNodePort: 32000,
          sessionAffinity: 'ClientIP',
          ports,
        },
        { status: { loadBalancer: { ingress: [{ ip: `${prefix}3` }] } } },
      )
      const slice = (endpoints: string[], nodeName: string) => ({
        ...sampleSlice(
          's',
          endpoints.map((ip) => ({ addresses: [ip], nodeName })),
          ports.map(({ name, protocol = 'TCP' }) => ({ name, protocol, port: 8080 })),
        ),
        addressType: family,
      })
      const states = [
        [slice([`${pods}1`, `${pods}2`, `${pods}3`], 'n1')],
        [slice([`${pods}1`], 'n2')],
        [],
      ]
      let slices = states[0] ?? []
      const node = { ...sampleNode, family }
      const proxier = new Proxier({
        iptables,
        node,
        source: { keys: () => ['ipt/s'], service: () => service, slices: () => slices },
      })
      for (const podTraffic of [sampleNode.podTraffic, ...podTraffics]) {
        const usable = family === 'IPv6' && podTraffic.by === 'cidr'
        proxier.setNode({
          ...node,
          podTraffic: usable ? { by: 'cidr', cidr: 'fd01::/64' } : podTraffic,
          masqueradeAll: podTraffic.by === 'nothing',
          nodePortAddresses: podTraffic.by === 'bridge' ? [`${prefix}9`] : 'all',
        })
        for (const state of states) {
          slices = state
          proxier.changed('ipt/s')
          await proxier.sync()
          assert.equal(await proxier.verify(), undefined)
        }
      }
      await proxier.cleanup()
    } finally {
      await run('ip', ['netns', 'delete', namespace])
    }
  })
}
