/** Repeats a repair when one of the objects that it is about changes, one run at a time. */
import type { Logger } from '#base/logger.ts'

export interface KeepOptions {
  repair(): Promise<void>
  subscribe(changed: () => void): readonly Disposable[]
  readonly log: Logger
}

/** Disposed: no more repairs, and the last one is over. */
export function keep(options: KeepOptions): AsyncDisposable {
  let running: Promise<void> | undefined
  let isDirty = false
  let isClosed = false
  const run = async (): Promise<void> => {
    while (isDirty && !isClosed) {
      isDirty = false
      try {
        await options.repair()
      } catch (error) {
        options.log.error('The server could not repair its own objects', error)
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
      isClosed = true
      for (const subscription of subscriptions) subscription[Symbol.dispose]()
      await running
    },
  }
}
