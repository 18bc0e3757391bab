/**
 * Repeats a repair when one of the objects that it is about changes, one run at a time, and a while after
 * it failed: an address, say, may not be free yet in the moment when its Service is deleted.
 */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'

const retryMs = 1_000

export interface KeepOptions {
  repair(): Promise<void>
  subscribe(changed: () => void): readonly Disposable[]
  readonly clock: Clock
  readonly log: Logger
}

/** Disposed: no more repairs, and the last one is over. */
export function keep(options: KeepOptions): AsyncDisposable {
  let running: Promise<void> | undefined
  let isDirty = false
  const closed = new AbortController()
  const run = async (): Promise<void> => {
    while (isDirty && !closed.signal.aborted) {
      isDirty = false
      try {
        await options.repair()
      } catch (error) {
        options.log.error('The server could not repair its own objects', error)
        isDirty = true
        await options.clock.sleep(retryMs, closed.signal)
      }
    }
    running = undefined
  }
  const subscriptions = options.subscribe(() => {
    isDirty = true
    running ??= run()
  })
  return {
    async [Symbol.asyncDispose]() {
      closed.abort()
      for (const subscription of subscriptions) subscription[Symbol.dispose]()
      await running
    },
  }
}
