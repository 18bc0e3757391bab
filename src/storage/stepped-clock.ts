/** The clock of the storage suite, which may not use the fakes of `testing`: those stand above it. */
import assert from 'node:assert/strict'
import type { Clock } from '#base/clock.ts'

/** A clock whose timers fire when the test says so. */
export interface SteppedClock extends Clock {
  advance(ms: number): void
}

export function steppedClock(): SteppedClock {
  let now = Date.UTC(2030, 0, 1)
  const timers = new Set<{ atMs: number; fn: () => void }>()
  return {
    nowMs: () => now,
    monotonicMs: () => now,
    sleep: async () => assert.fail('storage does not sleep'),
    after(ms, fn) {
      const timer = { atMs: now + ms, fn }
      timers.add(timer)
      return { [Symbol.dispose]: () => void timers.delete(timer) }
    },
    advance(ms) {
      now += ms
      for (const timer of timers) {
        if (timer.atMs <= now && timers.delete(timer)) timer.fn()
      }
    },
  }
}
