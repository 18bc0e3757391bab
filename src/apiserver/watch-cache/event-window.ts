import type { Revision } from '#storage/storage.ts'
import { limits } from './limits.ts'
import type { ObjectEvent } from './object-event.ts'

/** The newest events of a resource, for watches that resume. */
export class EventWindow {
  #events: ObjectEvent[] = []
  /** Index of the oldest event that counts; those before it wait to be cut off together. */
  #start = 0
  #bytes = 0
  #floor: Revision

  constructor(floor: Revision) {
    this.#floor = floor
  }

  /** All events after this revision are here. */
  get floor(): Revision {
    return this.#floor
  }

  push(event: ObjectEvent): void {
    this.#events.push(event)
    // Slow watchers and late readers may have parsed again what was released when it was delivered.
    this.#events.at(-limits.windowParsedMax)?.release()
    this.#bytes += event.sizeBytes
    while (this.#isFull()) this.#dropOldest()
    if (this.#start > limits.windowEventsMin && this.#start > this.#events.length / 2) {
      this.#events = this.#events.slice(this.#start)
      this.#start = 0
    }
  }

  /** Events after the revision, oldest first; undefined when some of them are gone. */
  since(revision: Revision): readonly ObjectEvent[] | undefined {
    if (revision < this.#floor) return undefined
    let low = this.#start
    let high = this.#events.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const event = this.#events[middle]
      if (event !== undefined && event.revision <= revision) low = middle + 1
      else high = middle
    }
    return this.#events.slice(low)
  }

  /** Forgets everything up to a revision at which the cache was filled anew. */
  reset(floor: Revision): void {
    this.#events = []
    this.#start = 0
    this.#bytes = 0
    this.#floor = floor
  }

  #isFull(): boolean {
    const count = this.#events.length - this.#start
    if (count <= limits.windowEventsMin) return false
    return count > limits.windowEventsMax || this.#bytes > limits.windowBytesMax
  }

  #dropOldest(): void {
    const event = this.#events[this.#start]
    if (event === undefined) return
    this.#floor = event.revision
    this.#bytes -= event.sizeBytes
    this.#start++
  }
}
