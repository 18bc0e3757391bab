/**
 * What writers of this process attached to their values, until the event of the write comes back from
 * etcd, which may be before the write is answered. An event is recognised by its bytes, so that what is
 * handed on always belongs to what is stored.
 */
import type { Value } from '#storage/storage.ts'
import { limits } from './limits.ts'

interface Pending {
  readonly value: Value
  /** The write takes effect after this revision or not at all. */
  readonly after: number
}

export class Attachments {
  readonly #byKey = new Map<string, Pending[]>()
  #count = 0

  /** Before the write is sent. Disposed when it is known that it was not done. */
  expect(key: string, value: Value, after: number): Disposable {
    if (value.attachment === undefined) return nothing
    const pending = { value, after }
    if (this.#count >= limits.attachmentsMax) this.#dropOldest()
    const known = this.#byKey.get(key)
    if (known === undefined) this.#byKey.set(key, [pending])
    else known.push(pending)
    this.#count++
    return { [Symbol.dispose]: () => this.#remove(key, pending) }
  }

  /** The value of an event, with what its writer attached if it was one of ours. Each is told once. */
  take(key: string, bytes: Buffer, revision: number): Value {
    const known = this.#byKey.get(key)
    if (known === undefined) return { bytes }
    const pending = known.find(({ value, after }) => after < revision && bytes.equals(value.bytes))
    if (pending === undefined) return { bytes }
    this.#remove(key, pending)
    return pending.value
  }

  clear(): void {
    this.#byKey.clear()
    this.#count = 0
  }

  #remove(key: string, pending: Pending): void {
    const known = this.#byKey.get(key)
    const index = known?.indexOf(pending) ?? -1
    if (known === undefined || index < 0) return
    known.splice(index, 1)
    this.#count--
    if (known.length === 0) this.#byKey.delete(key)
  }

  #dropOldest(): void {
    const [oldest] = this.#byKey
    if (oldest === undefined) return
    const [key, [pending]] = oldest
    if (pending !== undefined) this.#remove(key, pending)
  }
}

const nothing: Disposable = { [Symbol.dispose]() {} }
