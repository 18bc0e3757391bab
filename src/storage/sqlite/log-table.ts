/** The log in the file: typed reads and writes, all synchronous, each a few microseconds or bounded. */
import type { StatementSync } from 'node:sqlite'
import { keyOfChange, type Batch } from '#storage/change-feed.ts'
import { prefixEnd } from '#storage/key-order.ts'
import { limits } from '#storage/limits.ts'
import { revisionOf, type KeyChange, type Entry, type Revision } from '#storage/storage.ts'
import type { Database } from './database.ts'
import { statements } from './schema.ts'

/** The newest write of a key. */
export interface Latest {
  readonly revision: number
  readonly create_revision: number
  readonly deleted: number
}

export interface Row {
  readonly revision: number
  readonly key: string
  readonly createRevision: number
  readonly prior: number
  readonly expiresMs: number | null
  /** Undefined: the key is removed. */
  readonly bytes: Uint8Array | undefined
}

export interface RangeQuery {
  readonly prefix: string
  readonly after: string | undefined
  readonly atRevision: number
  /** 0: no limit. */
  readonly limit: number
}

/** key, revision, deleted */
export type ScannedRow = readonly [string, number, number]

export interface Position {
  readonly key: string
  readonly revision: number
}

type Statements = { readonly [Name in keyof typeof statements]: StatementSync }

const nothing = new Uint8Array()
/** Sorts after every key: no key contains U+10FFFF. */
const lastKey = '\u{10ffff}'

export class LogTable {
  readonly #sql: Statements

  constructor(database: Database) {
    const prepared = Object.entries(statements).map(([name, sql]) => [name, database.prepare(sql)])
    this.#sql = Object.fromEntries(prepared) as Statements
    this.#sql.scan.setReturnArrays(true) // objects cost as much again
  }

  newest(): number {
    return Number(this.#sql.newest.get()?.['revision'] ?? 0)
  }

  mark(name: 'compacted' | 'swept'): number {
    return Number(this.#sql.mark.get(name)?.['revision'])
  }

  setMark(name: 'compacted' | 'swept', revision: number): void {
    this.#sql.setMark.run(revision, name)
  }

  latest(key: string): Latest | undefined {
    return this.#sql.latest.get(key) as Latest | undefined
  }

  entry(key: string, atRevision: number): Entry | undefined {
    const row = this.#sql.entry.get(key, atRevision)
    return row === undefined || row['deleted'] === 1 ? undefined : entryOf(key, row)
  }

  append({ revision, key, createRevision, prior, expiresMs, bytes }: Row): void {
    const deleted = bytes === undefined ? 1 : 0
    const value = bytes ?? nothing
    this.#sql.append.run(revision, key, createRevision, prior, deleted, expiresMs, value)
  }

  range({ prefix, after, atRevision, limit }: RangeQuery): Entry[] {
    const [start, end] = bounds(prefix, after)
    const rows = this.#sql.range.all(start, end, atRevision, limit === 0 ? -1 : limit)
    return rows.map((row) => entryOf(String(row['key']), row))
  }

  /** A page of all writes below the prefix, by key and then by revision. */
  writes(prefix: string, { key, revision }: Position): readonly ScannedRow[] {
    const [, end] = bounds(prefix, undefined)
    const rows: unknown = this.#sql.scan.all(key, revision, end, limits.scanRowsMax)
    return rows as readonly ScannedRow[]
  }

  /** What was written at a revision; undefined: it was compacted. */
  value(revision: number): Uint8Array | undefined {
    return this.#sql.value.get(revision)?.['value'] as Uint8Array | undefined
  }

  count({ prefix, after, atRevision }: Omit<RangeQuery, 'limit'>): number {
    const [start, end] = bounds(prefix, after)
    return Number(this.#sql.count.get(start, end, atRevision)?.['count'])
  }

  /** A page of what was written in (after, upTo]. */
  changes(prefix: string, after: Revision, upTo: Revision): { batch: Batch; upTo: Revision } {
    const rows = this.#sql.changes.all(after, upTo, limits.catchUpRowsMax)
    const changes = rows.map(changeOf)
    const isLastPage = rows.length < limits.catchUpRowsMax
    return {
      batch: changes.filter((change) => keyOfChange(change).startsWith(prefix)),
      upTo: isLastPage ? upTo : revisionOf(Number(rows.at(-1)?.['revision'])),
    }
  }

  nextExpiryMs(): number | undefined {
    const next = this.#sql.nextExpiry.get()?.['expires_ms']
    return typeof next === 'number' ? next : undefined
  }

  expired(nowMs: number): readonly { readonly key: string; readonly revision: number }[] {
    const rows = this.#sql.expired.all(nowMs, limits.expiriesPerStep)
    return rows.map((row) => ({ key: String(row['key']), revision: Number(row['revision']) }))
  }

  clearExpiry(revision: number): void {
    this.#sql.clearExpiry.run(revision)
  }

  /** Removes what the writes in (from, to] made history. */
  sweep(from: number, to: number): void {
    this.#sql.sweepReplaced.run(from, to)
    this.#sql.sweepRemovals.run(from, to)
  }
}

type Columns = Record<string, unknown>

function entryOf(key: string, row: Columns): Entry {
  return {
    key,
    value: { bytes: row['value'] as Uint8Array },
    revision: revisionOf(Number(row['revision'])),
    createRevision: revisionOf(Number(row['create_revision'])),
  }
}

function changeOf(row: Columns): KeyChange {
  const key = String(row['key'])
  const revision = revisionOf(Number(row['revision']))
  if (row['deleted'] === 1) return { type: 'delete', key, revision }
  return {
    type: 'put',
    entry: entryOf(key, row),
    created: row['create_revision'] === row['revision'],
  }
}

/** From the prefix, or right after a key (its successor ends in a zero), to the end of the prefix. */
function bounds(prefix: string, after: string | undefined): readonly [string, string] {
  return [after === undefined ? prefix : `${after}\0`, prefixEnd(prefix) ?? lastKey]
}
