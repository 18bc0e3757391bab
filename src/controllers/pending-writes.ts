/**
 * What a controller has written and not yet seen in its own copy of the world. While something is
 * pending for a key, the copy must not be trusted to count: that is how surplus pods are made.
 * Upstream counts expected events (ControllerExpectations); here each write is awaited by itself.
 */
import type { ApiObject } from '#api/resource-type.ts'
import type { Clock } from '#base/clock.ts'
import { objectKey } from '#client/object-store.ts'
import type { StartedInformer } from '#client/start-informer.ts'
import type { Outcome } from './controller.ts'

/** As upstream's ExpectationsTimeout: an event that has not come by then was missed. */
export const pendingMsMax = 300_000

/**
 * The outcome of a pass that found unseen writes: the event that shows the last of them wakes the key,
 * and should that event be missed, a second look does.
 */
export const unsettled: Outcome = { retryAfterMs: 10_000 }

interface Pending {
  isSeen(): boolean
  readonly expiresMs: number
}

export class PendingWrites<T extends ApiObject> {
  readonly #informer: StartedInformer<T>
  readonly #clock: Clock
  readonly #pending = new Map<string, Pending[]>()

  constructor(informer: StartedInformer<T>, clock: Clock) {
    this.#informer = informer
    this.#clock = clock
  }

  /** The key's controller created or changed `object`, as the server returned it. */
  wrote(key: string, object: ApiObject): void {
    const written = revisionOf(object.metadata.resourceVersion)
    this.#add(key, () => revisionOf(this.#informer.resourceVersion) >= written)
  }

  /** The key's controller deleted `object`. It is seen once it is gone or going. */
  deleted(key: string, object: ApiObject): void {
    this.until(key, object, ({ metadata }) => metadata.deletionTimestamp !== undefined)
  }

  /** The key's controller changed `object`; it is seen once it is gone or `isSeen` says so. */
  until(key: string, object: ApiObject, isSeen: (current: T) => boolean): void {
    const { uid } = object.metadata
    const at = objectKey(object)
    this.#add(key, () => {
      const current = this.#informer.store.get(at)
      return current?.metadata.uid !== uid || isSeen(current)
    })
  }

  /** Whether all writes for the key are seen; the event that shows the last one wakes its owner. */
  settled(key: string): boolean {
    const pending = this.#pending.get(key)
    if (pending === undefined) return true
    const nowMs = this.#clock.monotonicMs()
    const left = pending.filter((each) => each.expiresMs > nowMs && !each.isSeen())
    if (left.length === 0) this.#pending.delete(key)
    else this.#pending.set(key, left)
    return left.length === 0
  }

  /** The key's object is gone. */
  forget(key: string): void {
    this.#pending.delete(key)
  }

  #add(key: string, isSeen: () => boolean): void {
    if (isSeen()) return
    const pending = { isSeen, expiresMs: this.#clock.monotonicMs() + pendingMsMax }
    const list = this.#pending.get(key)
    if (list === undefined) this.#pending.set(key, [pending])
    else list.push(pending)
  }
}

/** Resource versions of one kind are ordered numbers (KEP-5504). */
function revisionOf(resourceVersion: string | undefined): bigint {
  return resourceVersion === undefined || resourceVersion === '' ? 0n : BigInt(resourceVersion)
}
