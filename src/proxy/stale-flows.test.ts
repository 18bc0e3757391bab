import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Flow } from '#linux/conntrack.ts'
import { compileService } from './compile.ts'
import type { PortRules } from './compile.ts'
import { sampleNode, sampleService, sampleSlice } from './samples.ts'
import { staleFlows, udpFrontends } from './stale-flows.ts'

function dns(name: string, ip: string, endpoints: string[], nodePort = 0): PortRules[] {
  const port = { port: 53, protocol: 'UDP' }
  return compileService(
    sampleService(name, { clusterIP: ip, ports: [{ ...port, ...(nodePort ? { nodePort } : {}) }] }),
    [sampleSlice(name, endpoints, [port])],
    sampleNode,
  )
}

function flow(to: string, from: string): Flow {
  const [originalDestination = '', port] = to.split(':')
  const [replySource = '', replyPort] = from.split(':')
  return {
    protocol: 'udp',
    originalSource: '10.244.0.9',
    originalDestination,
    originalDestinationPort: Number(port),
    replySource,
    replySourcePort: Number(replyPort),
  }
}

const cases = [
  { title: 'an endpoint that serves', flow: flow('10.96.0.10:53', '10.244.1.1:53'), stale: false },
  { title: 'an endpoint that is gone', flow: flow('10.96.0.10:53', '10.244.1.9:53'), stale: true },
  { title: 'before there were rules', flow: flow('10.96.0.10:53', '10.96.0.10:53'), stale: true },
  { title: 'another port', flow: flow('10.96.0.10:54', '10.244.1.9:53'), stale: false },
  { title: 'a deleted Service', flow: flow('10.96.0.11:53', '10.244.1.1:53'), stale: true },
  { title: 'a node port', flow: flow('192.0.2.2:30053', '10.244.1.9:53'), stale: true },
  { title: "another host's port", flow: flow('192.0.2.9:30053', '192.0.2.9:30053'), stale: false },
]

for (const { title, flow: given, stale } of cases) {
  test(`${title}: ${stale ? 'forgotten' : 'kept'}`, () => {
    const frontends = udpFrontends(
      dns('a', '10.96.0.10', ['10.244.1.1', '10.244.1.2'], 30053),
      dns('b', '10.96.0.11', ['10.244.1.1']),
    )
    const found = staleFlows([given, given], frontends, (ip) => ip === '192.0.2.2')
    assert.deepEqual(found, stale ? [given] : [])
  })
}
