/** The proxy against a real kernel: a node, two pods and a client outside, each a network namespace. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import type { ServiceSpec } from '#api/core/v1.gen.ts'
import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import { endpointslices, nodes, services } from '#api/resources.gen.ts'
import { silentLogger } from '#base/logger.ts'
import { systemClock } from '#base/system-clock.ts'
import { createClient } from '#client/create-client.ts'
import { detectIptables } from '#linux/iptables.ts'
import type { Iptables } from '#linux/iptables.ts'
import { inMemoryCluster } from '#testing/in-memory-cluster.ts'
import { labNodeIp, outsideIp, podIp, startLab } from './namespaces.ts'
import type { Lab } from './namespaces.ts'
import { proxyDefaults } from './options.ts'
import { sampleService, sampleSlice } from './samples.ts'
import { cleanUpProxy, startProxy } from './start.ts'
import type { RunningProxy } from './start.ts'

const limit = { timeout: 60_000 }
const both = [podIp(1), podIp(2)]
const web = [{ port: 80, protocol: 'TCP' }]
const dns = [{ port: 53, protocol: 'UDP' }]

suite('kube-proxy in network namespaces', { timeout: 180_000 }, () => {
  const client = createClient(inMemoryCluster())
  let lab: Lab
  let proxy: RunningProxy
  let iptables: Iptables
  let restores = 0

  before(async () => {
    lab = await startLab(`kproxy${process.pid}`, 2)
    const found = await detectIptables(lab.node, 'IPv4')
    assert.ok(found)
    iptables = found
    await client.for(nodes).create({ metadata: { name: 'n1' }, spec: {} })
    await lab.node('iptables', ['-t', 'nat', '-N', 'FOREIGN'])
    await lab.node('iptables', ['-t', 'nat', '-A', 'PREROUTING', '-j', 'FOREIGN'])
    proxy = await startProxy(
      {
        ...proxyDefaults,
        client,
        nodeName: 'n1',
        nodeIps: [labNodeIp],
        clock: systemClock,
        random: Math.random,
        log: silentLogger,
        run(program, args, options) {
          if (program === 'iptables-restore') restores++
          return lab.node(program, args, options)
        },
        // The namespace of the node has its settings; this process must not change its own.
        sysctl: { read: () => undefined, write: () => undefined },
        detectLocal: { mode: 'ClusterCIDR', cidrs: ['10.244.0.0/16'] },
        cores: 1,
        healthz: undefined,
        metrics: undefined,
        verifyMs: 200,
      },
      new AbortController().signal,
    )
    await proxy.synced(AbortSignal.timeout(20_000))
  })

  after(async () => {
    await proxy?.[Symbol.asyncDispose]()
    await lab?.[Symbol.asyncDispose]()
  })

  async function serve(
    name: string,
    spec: ServiceSpec,
    endpoints: Parameters<typeof sampleSlice>[1] = both,
    ports: EndpointSlice['ports'] = web,
  ): Promise<void> {
    const { metadata: _, ...service } = sampleService(name, spec)
    await client.in(services, 'ipt').create({ metadata: { name }, ...service })
    await client.in(endpointslices, 'ipt').create(sampleSlice(name, endpoints, ports))
  }

  async function until(what: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + 15_000
    while (!(await what())) {
      assert.ok(performance.now() < end, 'it took too long')
      await systemClock.sleep(20, new AbortController().signal)
    }
  }

  /** Waits until the rules of a Service are there. */
  function ruled(name: string): Promise<void> {
    return until(async () => {
      const saved = await iptables.save()
      return [...saved.values()].some((table) =>
        [...table.values()].flat().some((rule) => rule.includes(`"ipt/${name}`)),
      )
    })
  }

  const servers = (answers: string[]): string[] =>
    [...new Set(answers.map((answer) => answer.split('|')[0] ?? ''))].sort()
  const sources = (answers: string[]): string[] =>
    [...new Set(answers.map((answer) => answer.split('|')[1] ?? answer))].sort()

  test('a cluster IP spreads over its endpoints, from pods and from the node', limit, async () => {
    await serve('plain', { clusterIP: '10.96.0.1', ports: [{ port: 8080 }] })
    await ruled('plain')
    const fromPod = await lab.tcp('pod1', '10.96.0.1:8080', 40)
    assert.deepEqual(servers(fromPod), ['pod1', 'pod2'])
    assert.deepEqual(servers(await lab.tcp('node', '10.96.0.1:8080', 40)), ['pod1', 'pod2'])
    assert.equal(fromPod.length, 40)
    // To itself the pod comes with the node's address, to the other pod with its own.
    const own = fromPod.filter((answer) => answer.startsWith('pod1'))
    const other = fromPod.filter((answer) => answer.startsWith('pod2'))
    assert.deepEqual(sources(own), ['10.244.1.1'])
    assert.deepEqual(sources(other), [podIp(1)])
  })

  test('from outside a cluster IP is reached with SNAT', limit, async () => {
    const answers = await lab.tcp('outside', '10.96.0.1:8080', 20)
    assert.deepEqual(servers(answers), ['pod1', 'pod2'])
    assert.deepEqual(sources(answers), ['10.244.1.1', '10.244.2.1'])
  })

  test('a node port, from outside, from a pod and on loopback', limit, async () => {
    await serve('np', {
      type: 'NodePort',
      clusterIP: '10.96.0.2',
      ports: [{ port: 80, nodePort: 30080 }],
    })
    await ruled('np')
    for (const [from, to] of [
      ['outside', labNodeIp],
      ['pod1', labNodeIp],
      ['node', '127.0.0.1'],
    ] as const) {
      assert.deepEqual(servers(await lab.tcp(from, `${to}:30080`, 40)), ['pod1', 'pod2'], from)
    }
  })

  test('externalTrafficPolicy Local keeps the source and uses local endpoints', limit, async () => {
    await serve(
      'local',
      {
        type: 'NodePort',
        clusterIP: '10.96.0.3',
        externalTrafficPolicy: 'Local',
        ports: [{ port: 80, nodePort: 30081 }],
      },
      [podIp(1), { addresses: [podIp(2)], nodeName: 'n2' }],
    )
    await ruled('local')
    const answers = await lab.tcp('outside', `${labNodeIp}:30081`, 20)
    assert.deepEqual(servers(answers), ['pod1'])
    assert.deepEqual(sources(answers), [outsideIp])
    assert.deepEqual(servers(await lab.tcp('pod1', '10.96.0.3:80', 40)), ['pod1', 'pod2'])
  })

  test('external and load balancer addresses, with source ranges', limit, async () => {
    await serve('ext', {
      clusterIP: '10.96.0.4',
      externalIPs: ['203.0.113.4'],
      ports: [{ port: 80 }],
    })
    await ruled('ext')
    assert.deepEqual(servers(await lab.tcp('outside', '203.0.113.4:80', 20)), ['pod1', 'pod2'])

    for (const [name, range] of [
      ['lb-open', '198.18.0.0/24'],
      ['lb-shut', '192.0.2.0/24'],
    ] as const) {
      const last = name === 'lb-open' ? 5 : 6
      await serve(name, {
        type: 'LoadBalancer',
        clusterIP: `10.96.0.${last}`,
        loadBalancerSourceRanges: [range],
        ports: [{ port: 80 }],
      })
      const ingress = [{ ip: `203.0.113.${last}` }]
      await client
        .in(services, 'ipt')
        .patch(name, 'merge', { status: { loadBalancer: { ingress } } }, { subresource: 'status' })
      await until(async () =>
        JSON.stringify([...((await iptables.save()).get('nat') ?? [])]).includes(
          `203.0.113.${last}`,
        ),
      )
    }
    assert.deepEqual(servers(await lab.tcp('outside', '203.0.113.5:80', 20)), ['pod1', 'pod2'])
    assert.deepEqual(await lab.tcp('outside', '203.0.113.6:80'), ['timeout'])
  })

  test('with session affinity a client stays', limit, async () => {
    await serve('sticky', {
      clusterIP: '10.96.0.7',
      sessionAffinity: 'ClientIP',
      ports: [{ port: 80 }],
    })
    await ruled('sticky')
    assert.equal(servers(await lab.tcp('outside', '10.96.0.7:80', 30)).length, 1)
  })

  test('without endpoints a connection is refused at once', limit, async () => {
    await serve('empty', { clusterIP: '10.96.0.8', ports: [{ port: 80 }] }, [])
    await ruled('empty')
    assert.deepEqual(await lab.tcp('pod1', '10.96.0.8:80'), ['ECONNREFUSED'])
    assert.deepEqual(await lab.tcp('node', '10.96.0.8:80'), ['ECONNREFUSED'])
  })

  test('UDP: one flow moves on when its endpoint goes', limit, async () => {
    await serve('dns', { clusterIP: '10.96.0.10', ports: dns }, [podIp(1)], dns)
    await ruled('dns')
    assert.deepEqual(servers(await lab.udp('outside', '10.96.0.10:53', 3)), ['pod1'])
    const slices = client.in(endpointslices, 'ipt')
    const slice = await slices.get('dns-1')
    await slices.update({ ...slice, endpoints: sampleSlice('dns', [podIp(2)]).endpoints ?? [] })
    await until(async () => {
      const answers = await lab.udp('outside', '10.96.0.10:53', 1)
      return servers(answers)[0] === 'pod2'
    })
  })

  test('a flush is repaired, and what is foreign stays', limit, async () => {
    await lab.node('iptables', ['-t', 'nat', '-F', 'KUBE-SERVICES'])
    await until(async () => servers(await lab.tcp('pod1', '10.96.0.1:8080')).length === 1)
    await lab.node('iptables', ['-t', 'nat', '-F'])
    await lab.node('iptables', ['-t', 'nat', '-A', 'PREROUTING', '-j', 'FOREIGN'])
    await until(
      async () => (await lab.tcp('pod1', '10.96.0.1:8080'))[0]?.startsWith('pod') === true,
    )
    const saved = await iptables.save()
    assert.deepEqual(
      saved
        .get('nat')
        ?.get('PREROUTING')
        ?.filter((rule) => rule.includes('FOREIGN')),
      ['-A PREROUTING -j FOREIGN'],
    )
  })

  test('one change is one transaction; no change is none', limit, async () => {
    await until(async () => {
      const already = restores
      await systemClock.sleep(500, new AbortController().signal)
      return restores === already
    })
    const already = restores
    await client.in(services, 'ipt').delete('ext')
    await until(async () => restores > already)
    await systemClock.sleep(300, new AbortController().signal)
    assert.equal(restores, already + 1)
    assert.deepEqual(await lab.tcp('outside', '203.0.113.4:80'), ['timeout'])
  })

  test('a cleanup leaves the tables as they were', limit, async () => {
    await proxy[Symbol.asyncDispose]()
    await cleanUpProxy({ run: lab.node })
    const saved = await iptables.save()
    const chains = [...saved.values()].flatMap((table) => [...table.keys()])
    const rules = [...saved.values()].flatMap((table) => [...table.values()].flat())
    assert.deepEqual(
      chains.filter((chain) => chain.startsWith('KUBE-')),
      [],
    )
    assert.deepEqual(rules, ['-A PREROUTING -j FOREIGN'])
  })
})
