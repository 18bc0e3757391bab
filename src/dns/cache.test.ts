import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decode, encode } from 'dns-packet'
import type { Answer } from 'dns-packet'
import { FakeClock } from '#testing/clock.ts'
import { AnswerCache } from './cache.ts'
import { limits } from './limits.ts'
import { emptyReply } from './records.ts'
import { encodeReply, parseQuery } from './wire.ts'
import type { Query } from './wire.ts'

function ask(name: string, id = 1): Query {
  const query = parseQuery(encode({ type: 'query', id, questions: [{ name, type: 'A' }] }))
  assert.ok(typeof query !== 'string')
  return query
}

function answer(name: string, ttl: number, flags = 0): Buffer {
  const questions = [{ name, type: 'A' as const }]
  const answers: Answer[] = [{ type: 'A', name, ttl, data: '192.0.2.1' }]
  return encode({ type: 'response', flags, questions, answers })
}

const limit = { timeout: 5_000 }

test('the answer comes with the new id, the new spelling and a lower TTL', limit, async () => {
  const clock = new FakeClock()
  const cache = new AnswerCache(clock)
  cache.put(ask('example.com'), answer('example.com', 20))
  await clock.advance(5_500)
  const hit = cache.get(ask('EXAMPLE.com', 77))
  assert.ok(hit)
  const packet = decode(hit)
  assert.equal(packet.id, 77)
  assert.equal(packet.questions?.[0]?.name, 'EXAMPLE.com')
  assert.equal((packet.answers?.[0] as { ttl: number } | undefined)?.ttl, 15)
  await clock.advance(14_500)
  assert.equal(cache.get(ask('example.com')), undefined)
})

test('nothing is kept for longer than 30 s', limit, async () => {
  const clock = new FakeClock()
  const cache = new AnswerCache(clock)
  cache.put(ask('example.com'), answer('example.com', 3600))
  await clock.advance(limits.cacheTtlSecondsMax * 1000 - 1)
  assert.ok(cache.get(ask('example.com')))
  await clock.advance(1)
  assert.equal(cache.get(ask('example.com')), undefined)
})

test('failures are kept for 5 s; cut answers and refusals are not kept', limit, async () => {
  const clock = new FakeClock()
  const cache = new AnswerCache(clock)
  const failed = ask('a.test')
  cache.put(failed, encodeReply(failed, emptyReply('SERVFAIL'), 512))
  cache.put(ask('b.test'), answer('b.test', 30, 0x0200))
  const refused = ask('c.test')
  cache.put(refused, encodeReply(refused, emptyReply('REFUSED'), 512))
  assert.ok(cache.get(failed))
  assert.equal(cache.get(ask('b.test')), undefined)
  assert.equal(cache.get(refused), undefined)
  await clock.advance(5_000)
  assert.equal(cache.get(failed), undefined)
})

test('the least recently used answer makes room', limit, () => {
  const cache = new AnswerCache(new FakeClock())
  for (let index = 0; index < limits.cacheEntriesMax; index++) {
    cache.put(ask(`n${index}.test`), answer(`n${index}.test`, 30))
  }
  assert.ok(cache.get(ask('n0.test')))
  cache.put(ask('new.test'), answer('new.test', 30))
  assert.equal(cache.size, limits.cacheEntriesMax)
  assert.ok(cache.get(ask('n0.test')))
  assert.equal(cache.get(ask('n1.test')), undefined)
})
