import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from './clock.ts'

test('timers run when they are due, in order, at their instant', async () => {
  const clock = new FakeClock(1000)
  const ran: string[] = []
  clock.after(20, () => ran.push(`b@${clock.nowMs()}`))
  clock.after(10, () => {
    ran.push(`a@${clock.nowMs()}`)
    clock.after(5, () => ran.push(`nested@${clock.nowMs()}`))
  })
  clock.after(20, () => ran.push(`c@${clock.nowMs()}`))
  await clock.advance(9)
  assert.deepEqual(ran, [])
  await clock.advance(100)
  assert.deepEqual(ran, ['a@1010', 'nested@1015', 'b@1020', 'c@1020'])
  assert.deepEqual([clock.nowMs(), clock.monotonicMs()], [1109, 109])
})

test('a disposed timer does not run', async () => {
  const clock = new FakeClock()
  const timer = clock.after(1, () => assert.fail('it ran'))
  assert.equal(clock.pending, 1)
  timer[Symbol.dispose]()
  assert.equal(clock.pending, 0)
  await clock.advance(10)
})

test('sleepers wake, one after another', async () => {
  const clock = new FakeClock()
  const woken: number[] = []
  const { signal } = new AbortController()
  const sleeper = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn += 1) {
      await clock.sleep(10, signal)
      woken.push(clock.monotonicMs())
    }
  }
  const done = sleeper()
  await clock.advance(30)
  await done
  assert.deepEqual(woken, [10, 20, 30])
})

test('an abort wakes a sleeper at once', async () => {
  const clock = new FakeClock()
  const abort = new AbortController()
  const sleeping = clock.sleep(1000, abort.signal)
  abort.abort()
  await sleeping
  await clock.sleep(1000, abort.signal)
  assert.equal(clock.monotonicMs(), 0)
})
