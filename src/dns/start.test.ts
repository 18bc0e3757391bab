/** The whole server over loopback: UDP, TCP, upstreams that answer, fail, cut and lead back. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { decode, encode } from 'dns-packet'
import type { DecodedPacket, RecordType } from 'dns-packet'
import { endpointslices, namespaces, services } from '#api/resources.gen.ts'
import { silentLogger } from '#base/logger.ts'
import { systemClock } from '#base/system-clock.ts'
import { createClient } from '#client/create-client.ts'
import type { Client } from '#client/client.ts'
import { inMemoryCluster } from '#testing/in-memory-cluster.ts'
import type { Upstream } from './exchange.ts'
import { sampleServices, sampleSlices } from './samples.ts'
import { serveDns } from './server.ts'
import type { DnsServer } from './server.ts'
import { startDns } from './start.ts'
import type { RunningDns } from './start.ts'
import { MessageSplitter, withLength } from './tcp-framing.ts'

const limit = { timeout: 20_000 }

async function sampleCluster(): Promise<Client> {
  const client = createClient(inMemoryCluster())
  await client.for(namespaces).create({ metadata: { name: 'ns1' }, spec: {} })
  for (const service of sampleServices) await client.in(services, 'ns1').create(service)
  for (const slice of sampleSlices) await client.in(endpointslices, 'ns1').create(slice)
  return client
}

async function start(upstreams: readonly Upstream[], client?: Client): Promise<RunningDns> {
  const dns = await startDns(
    {
      client: client ?? (await sampleCluster()),
      clusterDomain: 'cluster.local.',
      address: '127.0.0.1',
      port: 0,
      serviceIps: ['10.96.0.10'],
      upstreams,
      metrics: undefined,
      clock: systemClock,
      random: Math.random,
      log: silentLogger,
    },
    new AbortController().signal,
  )
  if (client === undefined) await dns.ready(AbortSignal.timeout(10_000))
  return dns
}

function question(name: string, type: RecordType): Buffer {
  return encode({ type: 'query', id: 7, flags: 0x0100, questions: [{ name, type }] })
}

async function udp(port: number, name: string, type: RecordType = 'A'): Promise<DecodedPacket> {
  const socket = createSocket('udp4')
  try {
    socket.send(question(name, type), port, '127.0.0.1')
    const [message] = (await once(socket, 'message')) as [Buffer]
    return decode(message)
  } finally {
    socket.close()
  }
}

async function tcp(port: number, ...asked: [string, RecordType][]): Promise<DecodedPacket[]> {
  const socket = connect(port, '127.0.0.1')
  const splitter = new MessageSplitter()
  const answers: DecodedPacket[] = []
  for (const [name, type] of asked) socket.write(withLength(question(name, type)))
  for await (const chunk of socket) {
    answers.push(...splitter.push(chunk as Buffer).map((message) => decode(message)))
    if (answers.length === asked.length) break
  }
  return answers
}

const code = (packet: DecodedPacket): string => (packet as unknown as { rcode: string }).rcode
const data = (packet: DecodedPacket): unknown[] =>
  (packet.answers ?? []).map((answer) => ('data' in answer ? answer.data : undefined))

/** An upstream whose answers a test decides; it counts the questions. */
async function upstream(
  reply: (name: string, asked: Buffer, transport: string) => Buffer | undefined,
): Promise<DnsServer & Upstream & { asked: string[] }> {
  const asked: string[] = []
  const server = await serveDns({
    address: '127.0.0.1',
    port: 0,
    log: silentLogger,
    async answer(message, transport) {
      const [first] = decode(message).questions ?? []
      if (first?.type !== 'HINFO') asked.push(`${first?.name} ${first?.type} ${transport}`)
      return reply(first?.name ?? '', message, transport)
    },
  })
  return { ...server, host: '127.0.0.1', asked }
}

function found(message: Buffer, ip: string, flags = 0): Buffer {
  const { id = 0, questions = [] } = decode(message)
  const name = questions[0]?.name ?? ''
  const answers = ip === '' ? [] : [{ type: 'A' as const, name, ttl: 60, data: ip }]
  return encode({ type: 'response', id, flags, questions, answers })
}

test('names of the cluster over UDP and TCP', limit, async () => {
  await using dns = await start([])
  const answer = await udp(dns.port, 'svc1.ns1.svc.cluster.local')
  assert.deepEqual([code(answer), answer.flag_aa, ...data(answer)], ['NOERROR', true, '10.0.0.1'])
  const [headless, missing] = await tcp(
    dns.port,
    ['hdls.ns1.svc.cluster.local', 'A'],
    ['svc0.ns1.svc.cluster.local', 'A'],
  )
  assert.ok(headless && missing)
  assert.deepEqual(data(headless).map(String).toSorted(), ['172.0.0.2', '172.0.0.3'])
  assert.equal(code(missing), 'NXDOMAIN')
  assert.equal(missing.authorities?.[0]?.type, 'SOA')
})

test('a change of the cluster is answered at once', limit, async () => {
  const client = await sampleCluster()
  await using dns = await start([], client)
  await dns.ready(AbortSignal.timeout(5_000))
  await client
    .in(services, 'ns1')
    .create({ metadata: { name: 'new' }, spec: { clusterIP: '10.0.0.77', ports: [{ port: 1 }] } })
  let answer = await udp(dns.port, 'new.ns1.svc.cluster.local')
  while (code(answer) === 'NXDOMAIN') answer = await udp(dns.port, 'new.ns1.svc.cluster.local')
  assert.deepEqual(data(answer), ['10.0.0.77'])
})

test('before the cluster is known its names are not denied', limit, async () => {
  const transport = inMemoryCluster()
  transport.intercept = () => {
    throw new Error('the API server is not there')
  }
  await using dns = await start([], createClient(transport))
  assert.equal(code(await udp(dns.port, 'svc1.ns1.svc.cluster.local')), 'SERVFAIL')
  await assert.rejects(dns.ready(AbortSignal.timeout(50)), /not ready/)
})

test('other names come from an upstream, and then from the cache', limit, async () => {
  await using other = await upstream((_, message) => found(message, '192.0.2.80'))
  await using dns = await start([other])
  for (let round = 0; round < 3; round++) {
    const answer = await udp(dns.port, 'Example.com')
    assert.deepEqual(data(answer), ['192.0.2.80'])
    assert.equal(answer.id, 7)
    assert.equal(answer.flag_aa, false)
  }
  assert.deepEqual(other.asked, ['Example.com A udp'])
})

test('an answer that is cut is asked for again over TCP', limit, async () => {
  await using other = await upstream((_, message, transport) =>
    transport === 'udp' ? found(message, '', 0x0200) : found(message, '192.0.2.80'),
  )
  await using dns = await start([other])
  assert.equal((await udp(dns.port, 'example.com')).flag_tc, true)
  const [whole] = await tcp(dns.port, ['example.com', 'A'])
  assert.ok(whole)
  assert.deepEqual(data(whole), ['192.0.2.80'])
  assert.deepEqual(other.asked, ['example.com A udp', 'example.com A tcp'])
})

test('an ExternalName is followed, inside and outside', limit, async () => {
  await using other = await upstream((_, message) => found(message, '192.0.2.81'))
  await using dns = await start([other])
  const outside = await udp(dns.port, 'external.ns1.svc.cluster.local')
  assert.deepEqual(data(outside), ['ext.example.test', '192.0.2.81'])
  const inside = await udp(dns.port, 'inside.ns1.svc.cluster.local')
  assert.deepEqual(data(inside), ['svc1.ns1.svc.cluster.local', '10.0.0.1'])
  const nowhere = await udp(dns.port, 'nowhere.ns1.svc.cluster.local')
  assert.deepEqual([code(nowhere), ...data(nowhere)], ['NOERROR'])
})

test('the next upstream is asked when one is dead; none at all is a SERVFAIL', limit, async () => {
  const dead = await upstream(() => undefined)
  await dead[Symbol.asyncDispose]()
  await using alive = await upstream((_, message) => found(message, '192.0.2.82'))
  await using dns = await start([dead, alive])
  for (const name of ['a.test', 'b.test', 'c.test', 'd.test', 'e.test']) {
    assert.deepEqual(data(await udp(dns.port, name)), ['192.0.2.82'])
  }
  await using alone = await start([dead])
  assert.equal(code(await udp(alone.port, 'a.test')), 'SERVFAIL')
  await using without = await start([])
  assert.equal(code(await udp(without.port, 'a.test')), 'SERVFAIL')
})

test('an upstream that leads back is not used', limit, async () => {
  const own: { port: number } = { port: 0 }
  await using mirror = await serveDns({
    address: '127.0.0.1',
    port: 0,
    log: silentLogger,
    async answer(message) {
      const socket = createSocket('udp4')
      socket.send(message, own.port, '127.0.0.1')
      const [answer] = (await once(socket, 'message')) as [Buffer]
      socket.close()
      return answer
    },
  })
  const probe = await start([])
  own.port = probe.port
  await probe[Symbol.asyncDispose]()
  await using dns = await startDns(
    {
      client: await sampleCluster(),
      clusterDomain: 'cluster.local',
      address: '127.0.0.1',
      port: own.port,
      serviceIps: [],
      upstreams: [{ host: '127.0.0.1', port: mirror.port }],
      metrics: undefined,
      clock: systemClock,
      random: Math.random,
      log: silentLogger,
    },
    new AbortController().signal,
  )
  let answer = await udp(dns.port, 'a.test')
  while (code(answer) !== 'SERVFAIL') answer = await udp(dns.port, 'a.test')
  assert.equal(code(answer), 'SERVFAIL')
})

test('what is no question is dropped or refused, and the server lives on', limit, async () => {
  await using dns = await start([])
  const socket = createSocket('udp4')
  for (const length of [0, 1, 11]) {
    socket.send(Buffer.alloc(length, 0xff), dns.port, '127.0.0.1')
  }
  socket.send(Buffer.from([0, 9, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xff]), dns.port, '127.0.0.1')
  const [refused] = (await once(socket, 'message')) as [Buffer]
  assert.equal(refused.readUInt16BE(2) & 15, 1)
  socket.close()
  const chaos = encode({
    type: 'query',
    id: 1,
    questions: [{ name: 'version.bind', type: 'TXT', class: 'CH' }],
  })
  const other = createSocket('udp4')
  other.send(chaos, dns.port, '127.0.0.1')
  const [answer] = (await once(other, 'message')) as [Buffer]
  other.close()
  assert.equal(code(decode(answer)), 'REFUSED')
})

test('metrics count questions', limit, async () => {
  const free = await upstream(() => undefined)
  const metricsPort = (free as { port: number }).port
  await free[Symbol.asyncDispose]()
  await using dns = await startDns(
    {
      client: await sampleCluster(),
      clusterDomain: 'cluster.local',
      address: '127.0.0.1',
      port: 0,
      serviceIps: [],
      upstreams: [],
      metrics: { host: '127.0.0.1', port: metricsPort },
      clock: systemClock,
      random: Math.random,
      log: silentLogger,
    },
    new AbortController().signal,
  )
  await dns.ready(AbortSignal.timeout(5_000))
  await udp(dns.port, 'svc1.ns1.svc.cluster.local')
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
  assert.match(text, /coredns_dns_requests_total\{zone="cluster.local.",proto="udp",type="A"\} 1/)
  assert.match(text, /coredns_dns_responses_total\{zone="cluster.local.",rcode="NOERROR"\} 1/)
})
