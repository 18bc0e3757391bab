import type { Clock } from './clock.ts'

/** The clock of programs; only cmd/ (and tests of real things) make one. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      signal.addEventListener('abort', done, { once: true })
    })
  },
  after(ms, fn) {
    const timer: unknown = setTimeout(fn, ms)
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) {
      ;(timer as { unref(): void }).unref()
    }
    return { [Symbol.dispose]: () => clearTimeout(timer as number) }
  },
}
