import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#testing/clock.ts'
import { Wakeup } from './wakeup.ts'

const limit = { timeout: 5_000 }

test('an event before the wait is not lost, and counts once', limit, async () => {
  const clock = new FakeClock()
  const wakeup = new Wakeup(clock)
  const { signal } = new AbortController()
  wakeup.set()
  wakeup.set()
  assert.equal(await wakeup.wait(100, signal), true)
  const waiting = wakeup.wait(100, signal)
  await clock.advance(100)
  assert.equal(await waiting, false)
})

test('an event ends the wait', limit, async () => {
  const wakeup = new Wakeup(new FakeClock())
  const waiting = wakeup.wait(100, new AbortController().signal)
  wakeup.set()
  assert.equal(await waiting, true)
})

test('an abort ends the wait', limit, async () => {
  const stop = new AbortController()
  const waiting = new Wakeup(new FakeClock()).wait(100, stop.signal)
  stop.abort()
  assert.equal(await waiting, false)
})
