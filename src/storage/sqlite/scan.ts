/**
 * Everything that is current, from the index alone: which keys there are, and at which revision. What is
 * stored under them is read when somebody looks, so that a gigabyte is opened as fast as its index.
 */
import { must } from '#base/assert.ts'
import { limits } from '#storage/limits.ts'
import {
  CompactedError,
  revisionOf,
  type Entry,
  type Revision,
  type Value,
} from '#storage/storage.ts'
import type { Compaction } from './compaction.ts'
import type { LogTable, Position, ScannedRow } from './log-table.ts'

export interface Scanning {
  readonly log: LogTable
  readonly compaction: Compaction
  readonly prefix: string
  readonly revision: Revision
}

/** A turn of the event loop between pages. */
export async function* scanPages(scanning: Scanning): AsyncGenerator<readonly Entry[]> {
  const { log, compaction, prefix, revision } = scanning
  const newest = new NewestOfKeys(log, Number(revision))
  for (let position: Position = { key: prefix, revision: 0 }; ;) {
    if (compaction.compacted > revision) throw new CompactedError(compaction.compacted)
    const rows = log.writes(prefix, position)
    const page = newest.of(rows)
    const last = rows.at(-1)
    if (last === undefined || rows.length < limits.scanRowsMax) {
      yield [...page, ...newest.rest()]
      return
    }
    if (page.length > 0) yield page
    position = { key: last[0], revision: last[1] }
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Of each key's writes, which come one after the other, the last up to a revision. */
class NewestOfKeys {
  readonly #log: LogTable
  readonly #revision: number
  #candidate: ScannedRow | undefined

  constructor(log: LogTable, revision: number) {
    this.#log = log
    this.#revision = revision
  }

  of(rows: readonly ScannedRow[]): readonly Entry[] {
    const entries: Entry[] = []
    for (const row of rows) {
      if (row[1] > this.#revision) continue
      if (this.#candidate !== undefined && this.#candidate[0] !== row[0]) {
        entries.push(...this.rest())
      }
      this.#candidate = row
    }
    return entries
  }

  rest(): readonly Entry[] {
    const row = this.#candidate
    this.#candidate = undefined
    if (row === undefined || row[2] === 1) return []
    const [key, revision] = row
    return [{ key, value: new StoredValue(this.#log, revision), revision: revisionOf(revision) }]
  }
}

/** Bytes in the file. Who keeps the value keeps them in memory from the first look on. */
class StoredValue implements Value {
  readonly #log: LogTable
  readonly #revision: number

  constructor(log: LogTable, revision: number) {
    this.#log = log
    this.#revision = revision
  }

  get bytes(): Uint8Array {
    return must(this.#log.value(this.#revision), `revision ${this.#revision} was compacted`)
  }
}
