import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#testing/clock.ts'
import { Leases } from './leases.ts'
import { limits } from './limits.ts'

function start(fail: () => boolean = () => false) {
  const clock = new FakeClock()
  const granted: (readonly [id: number, ttlSeconds: number])[] = []
  let draws = 0
  const leases = new Leases({
    clock,
    random: () => draws++ / 1000,
    async grant(id, ttlSeconds) {
      if (fail()) throw new Error('no lease')
      granted.push([id, ttlSeconds])
    },
  })
  return { clock, leases, granted }
}

test('keys of a minute share a lease that is a minute longer', async () => {
  const { clock, leases, granted } = start()
  const first = await leases.take(3600)
  await clock.advance(59_000)
  assert.equal(await leases.take(3600), first)
  await clock.advance(2_000)
  assert.notEqual(await leases.take(3600), first)
  assert.deepEqual(
    granted.map(([, ttlSeconds]) => ttlSeconds),
    [3660, 3660],
  )
})

test('a short time is made longer by a twentieth at most', async () => {
  const { leases, granted } = start()
  await leases.take(100)
  await leases.take(10)
  assert.deepEqual(
    granted.map(([, ttlSeconds]) => ttlSeconds),
    [105, 10],
  )
})

test('all who come while a lease is granted get it', async () => {
  const { leases, granted } = start()
  const ids = await Promise.all(Array.from({ length: 20 }, () => leases.take(3600)))
  assert.equal(new Set(ids).size, 1)
  assert.equal(granted.length, 1)
})

test('a lease is not given to more keys than etcd likes', async () => {
  const { leases, granted } = start()
  for (let i = 0; i < limits.leaseObjectsMax; i++) await leases.take(3600)
  assert.equal(granted.length, 1)
  await leases.take(3600)
  assert.equal(granted.length, 2)
})

test('a lease that was not granted is asked for again', async () => {
  let failures = 1
  const { leases, granted } = start(() => failures-- > 0)
  await assert.rejects(leases.take(3600), /no lease/)
  await leases.take(3600)
  assert.equal(granted.length, 1)
})
