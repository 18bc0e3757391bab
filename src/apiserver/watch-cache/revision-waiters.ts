import { Heap } from '#base/heap.ts'
import type { Revision } from '#storage/storage.ts'

interface Waiter {
  readonly revision: Revision
  resolve(): void
  reject(error: Error): void
}

/** Those who wait until a revision is there. */
export class RevisionWaiters {
  readonly #heap = new Heap<Waiter>((a, b) => (a.revision < b.revision ? -1 : 1))

  /** Rejects with the signal's reason when it aborts first, and when the cache closes. */
  wait(revision: Revision, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason)
      const abort = (): void => reject(signal?.reason)
      signal?.addEventListener('abort', abort, { once: true })
      this.#heap.push({
        revision,
        resolve: () => {
          signal?.removeEventListener('abort', abort)
          resolve()
        },
        reject,
      })
    })
  }

  /** Nothing more will come. */
  close(error: Error): void {
    for (let next = this.#heap.pop(); next !== undefined; next = this.#heap.pop()) {
      next.reject(error)
    }
  }

  /** Everything up to `revision` is there now. */
  reached(revision: Revision): void {
    for (let next = this.#heap.peek(); next !== undefined; next = this.#heap.peek()) {
      if (next.revision > revision) return
      this.#heap.pop()
      next.resolve()
    }
  }
}
