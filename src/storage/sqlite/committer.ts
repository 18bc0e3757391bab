/**
 * The one writer. Writes that arrive while the disk is busy, or in one turn of the event loop, are
 * committed as one transaction and acknowledged together when it is durable: under load a sync of the
 * disk is paid once for many writes, and a single write waits for nothing but its own.
 */
import { Queue } from '#base/queue.ts'
import type { Batch } from '#storage/change-feed.ts'
import { limits } from '#storage/limits.ts'
import {
  revisionOf,
  StorageClosedError,
  StorageFullError,
  type KeyChange,
  type Value,
  type WriteOutcome,
} from '#storage/storage.ts'
import type { Database } from './database.ts'
import type { LogTable } from './log-table.ts'

export type Write =
  | {
      readonly type: 'create'
      readonly key: string
      readonly value: Value
      readonly expiresMs: number | null
    }
  | {
      readonly type: 'update'
      readonly key: string
      readonly value: Value
      readonly expected: number
      readonly expiresMs: number | null
    }
  | { readonly type: 'delete'; readonly key: string; readonly expected: number }
  /** The time of the write with this revision is over: remove the key if that was its last write. */
  | { readonly type: 'expire'; readonly key: string; readonly expected: number }

interface Pending {
  readonly write: Write
  resolve(outcome: WriteOutcome): void
  reject(error: unknown): void
}

export interface CommitterOptions {
  readonly database: Database
  readonly log: LogTable
  /** The newest revision in the log. */
  readonly newest: number
  /** Called in order with what became durable, before the writers are answered. */
  committed(batch: Batch): void
  /** Does a bounded step of work in the background; false: there is none. */
  background(): boolean
}

export class Committer {
  readonly #options: CommitterOptions
  readonly #queue = new Queue<Pending>()
  #revision: number
  #running: Promise<void> | undefined
  #failure: Error | undefined

  constructor(options: CommitterOptions) {
    this.#options = options
    this.#revision = options.newest
  }

  write(write: Write): Promise<WriteOutcome> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return new Promise((resolve, reject) => {
      this.#queue.push({ write, resolve, reject })
      this.wake()
    })
  }

  /** There may be something to do. */
  wake(): void {
    this.#running ??= this.#run()
  }

  /** Refuses further writes; those that are queued are still done. */
  async close(): Promise<void> {
    this.#failure ??= new StorageClosedError('the store is closed')
    while (this.#running !== undefined) await this.#running
  }

  async #run(): Promise<void> {
    try {
      await turnOfTheLoop()
      for (;;) {
        if (this.#queue.size > 0) await this.#commit(this.#take())
        // Also under load, one step a commit, so that history is removed faster than it grows.
        const isBusy = this.#background()
        await this.#checkpointWhenLong()
        if (this.#queue.size > 0) continue
        if (!isBusy) return
        await turnOfTheLoop()
      }
    } catch (error) {
      this.#break(error)
    } finally {
      this.#running = undefined
    }
  }

  #take(): Pending[] {
    const batch: Pending[] = []
    while (batch.length < limits.commitWritesMax) {
      const pending = this.#queue.shift()
      if (pending === undefined) break
      batch.push(pending)
    }
    return batch
  }

  async #commit(batch: readonly Pending[]): Promise<void> {
    const before = this.#revision
    const changes: KeyChange[] = []
    let outcomes: WriteOutcome[]
    try {
      outcomes = this.#options.database.transaction(() =>
        batch.map(({ write }) => this.#apply(write, changes)),
      )
    } catch (error) {
      // Nothing of the batch was kept (the disk is full …): the log goes on from before it.
      this.#revision = before
      for (const pending of batch) pending.reject(error)
      return
    }
    if (changes.length > 0) await this.#sync(batch)
    this.#options.committed(changes)
    batch.forEach((pending, i) => pending.resolve(outcomes[i] as WriteOutcome))
  }

  /** After a failed sync nobody knows what the disk holds: the store is broken for good. */
  async #sync(batch: readonly Pending[]): Promise<void> {
    try {
      await this.#options.database.syncLog()
    } catch (error) {
      for (const pending of batch) pending.reject(error)
      throw error
    }
  }

  #apply(write: Write, changes: KeyChange[]): WriteOutcome {
    const { log } = this.#options
    const { key } = write
    if (write.type === 'expire') log.clearExpiry(write.expected)
    const latest = log.latest(key)
    const current = latest?.deleted === 0 ? latest.revision : undefined
    if (current !== (write.type === 'create' ? undefined : write.expected)) {
      return { ok: false, current: log.entry(key, this.#revision) }
    }
    const revision = ++this.#revision
    const isPut = write.type === 'create' || write.type === 'update'
    const value = isPut ? write.value : undefined
    log.append({
      revision,
      key,
      createRevision: write.type === 'create' ? revision : (latest?.create_revision ?? revision),
      prior: latest?.revision ?? 0,
      expiresMs: isPut ? write.expiresMs : null,
      bytes: value?.bytes,
    })
    const at = revisionOf(revision)
    changes.push(
      value === undefined
        ? { type: 'delete', key, revision: at }
        : { type: 'put', entry: { key, value, revision: at }, created: write.type === 'create' },
    )
    return { ok: true, revision: at }
  }

  async #checkpointWhenLong(): Promise<void> {
    const { database } = this.#options
    if (database.logPages < limits.walPagesMax) return
    await database.syncLog() // background work is not synced when it is done
    await database.tryCheckpoint()
  }

  /** Forgetting needs room, too: without, it waits for a later write. */
  #background(): boolean {
    try {
      return this.#options.background()
    } catch (error) {
      if (error instanceof StorageFullError) return false
      throw error
    }
  }

  #break(error: unknown): void {
    this.#failure ??= new Error('the store failed and takes no more writes', { cause: error })
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      next.reject(this.#failure)
    }
  }
}

/** Lets the loop deliver what else has arrived in this turn. */
function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
