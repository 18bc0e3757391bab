import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, encode } from 'dns-packet'
import { emptyReply } from './records.ts'
import type { DnsRecord } from './records.ts'
import { encodeReply, malformedReply, parseQuery, ttlOffsets, udpLimit } from './wire.ts'
import type { Query } from './wire.ts'

function question(name: string, type: 'A' | 'SRV' = 'A', udpPayloadSize?: number): Buffer {
  return encode({
    type: 'query',
    id: 4711,
    flags: 0x0100,
    questions: [{ name, type }],
    additionals:
      udpPayloadSize === undefined
        ? []
        : [
            {
              type: 'OPT',
              name: '.',
              udpPayloadSize,
              extendedRcode: 0,
              ednsVersion: 0,
              flags: 0x8000,
              flag_do: true,
              options: [],
            },
          ],
  })
}

function parse(message: Buffer): Query {
  const query = parseQuery(message)
  assert.ok(typeof query !== 'string')
  return query
}

const address = (name: string, last: number): DnsRecord => {
  return { type: 'A', name, ttl: 30, data: `10.0.0.${last}` }
}

test('a question is read with its spelling and its EDNS', () => {
  const query = parse(question('Web.Default.svc', 'A', 4096))
  assert.equal(query.name, 'Web.Default.svc')
  assert.equal(query.lowerName, 'web.default.svc')
  assert.deepEqual(query.edns, { udpBytes: 4096, dnssecOk: true, version: 0 })
  assert.equal(query.recursionDesired, true)
})

const sizes = [
  { edns: undefined, bytes: 512 },
  { edns: 100, bytes: 512 },
  { edns: 1000, bytes: 1000 },
  { edns: 4096, bytes: 1232 },
]

for (const { edns, bytes } of sizes) {
  test(`EDNS size ${edns}: answers of ${bytes} bytes`, () => {
    assert.equal(udpLimit(parse(question('a.b', 'A', edns))), bytes)
  })
}

test('what is no question', () => {
  assert.equal(parseQuery(Buffer.alloc(5)), 'drop')
  const answer = question('a.b')
  answer.writeUInt16BE(0x8000, 2)
  assert.equal(parseQuery(answer), 'drop')
  assert.equal(parseQuery(question('a.b').subarray(0, 16)), 'malformed')
  assert.equal(parseQuery(Buffer.alloc(12)), 'malformed')
  const reply = decode(malformedReply(question('a.b')))
  assert.equal(reply.id, 4711)
  assert.equal((reply as unknown as { rcode: string }).rcode, 'FORMERR')
})

test('an answer can be read by others, repeats the question and compresses names', () => {
  const name = 'Web.default.svc.cluster.local'
  const records: DnsRecord[] = [
    address(name, 1),
    address('web-0.WEB.default.svc.cluster.local', 2),
    {
      type: 'SRV',
      name,
      ttl: 30,
      data: { priority: 0, weight: 50, port: 80, target: 'web-0.web.default.svc.cluster.local' },
    },
    { type: 'TXT', name: 'dns-version.cluster.local', ttl: 28800, data: '1.1.0' },
  ]
  const query = parse(question(name, 'A', 1232))
  const reply = { ...emptyReply('NOERROR'), authoritative: true, answers: records }
  const message = encodeReply(query, reply, 1232)
  const packet = decode(message)
  assert.equal(packet.questions?.[0]?.name, name)
  assert.deepEqual(
    [packet.flag_qr, packet.flag_aa, packet.flag_rd, packet.flag_ra, packet.flag_tc],
    [true, true, true, true, false],
  )
  assert.deepEqual(
    packet.answers?.map((answer) => answer.name),
    [name, 'web-0.Web.default.svc.cluster.local', name, 'dns-version.cluster.local'],
  )
  assert.equal(packet.additionals?.[0]?.type, 'OPT')
  const plain = encode({
    type: 'response',
    questions: packet.questions ?? [],
    answers: packet.answers ?? [],
  })
  assert.ok(message.length < plain.length - 60, `${message.length} of ${plain.length} bytes`)
})

test('what does not fit is cut, and said to be cut', () => {
  const name = 'web.default.svc.cluster.local'
  const answers = Array.from({ length: 60 }, (_, index) => address(name, index))
  const reply = { ...emptyReply('NOERROR'), answers, additionals: answers }
  const small = encodeReply(parse(question(name)), reply, 512)
  assert.ok(small.length <= 512)
  const packet = decode(small)
  assert.equal(packet.flag_tc, true)
  assert.equal(packet.answers?.length, 29)
  assert.equal(packet.additionals?.length, 0)
  const large = decode(encodeReply(parse(question(name)), reply, 65_535))
  assert.equal(large.flag_tc, false)
  assert.equal(large.answers?.length, 60)
  assert.equal(large.additionals?.length, 60)
})

test('additional records that do not fit are left out without a word', () => {
  const name = 'web.default.svc.cluster.local'
  const additionals = Array.from({ length: 60 }, (_, index) => address(name, index))
  const reply = { ...emptyReply('NOERROR'), answers: [address(name, 1)], additionals }
  const packet = decode(encodeReply(parse(question(name)), reply, 512))
  assert.equal(packet.flag_tc, false)
  assert.equal(packet.answers?.length, 1)
  assert.equal(packet.additionals?.length, 28)
})

test('TTLs are found, those of OPT are not', () => {
  const name = 'a.b'
  const query = parse(question(name, 'A', 1232))
  const reply = { ...emptyReply('NOERROR'), answers: [address(name, 1), address(name, 2)] }
  const message = encodeReply(query, reply, 1232)
  assert.deepEqual(
    ttlOffsets(message)?.map(({ ttl }) => ttl),
    [30, 30],
  )
  assert.equal(ttlOffsets(message.subarray(0, 40)), undefined)
})
