/**
 * One SQLite file, written by us alone, that never blocks the event loop on the disk.
 *
 * SQLite's own syncing is off, because it would stop the loop for as long as the disk takes; the same
 * barriers are set here, asynchronously, in the places where `synchronous=FULL` sets them:
 * 1. the write-ahead log is synced before a commit is acknowledged, and before its pages are copied;
 * 2. the database file is synced after the pages were copied, before the log is emptied;
 * 3. the emptied log is synced before it is written again, so that no frame of before can come back.
 * Between 2 and 3 nothing may be written: {@link Database.checkpoint} and commits are never concurrent.
 */
import { closeSync, fdatasync, fstatSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { backup, DatabaseSync, type StatementSync } from 'node:sqlite'
import { promisify } from 'node:util'
import { StorageFullError } from '#storage/storage.ts'
import { format, schema } from './schema.ts'

const sync = promisify(fdatasync)

/** Only the owner reads what is in it: Secrets are. */
const fileMode = 0o600

export class Database {
  readonly #sqlite: DatabaseSync
  readonly #file: number
  readonly #log: number
  readonly #pageBytes: number
  /** Prepared: they are run for every batch of writes. */
  readonly #begin: StatementSync
  readonly #commit: StatementSync
  readonly #path: string

  private constructor(sqlite: DatabaseSync, path: string) {
    this.#sqlite = sqlite
    this.#path = path
    // Closing any descriptor of the file would drop SQLite's locks: this one is closed after it.
    this.#file = openSync(path, 'r')
    this.#log = openSync(`${path}-wal`, 'r')
    this.#pageBytes = Number(this.pragma('page_size'))
    this.#begin = sqlite.prepare('BEGIN IMMEDIATE')
    this.#commit = sqlite.prepare('COMMIT')
  }

  /** Throws when another process has the file, or when it is of another format. */
  static open(path: string): Database {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    closeSync(openSync(path, 'a', fileMode))
    const sqlite = new DatabaseSync(path)
    try {
      prepareFile(sqlite, path)
      return new Database(sqlite, path)
    } catch (error) {
      sqlite.close()
      throw error
    }
  }

  prepare(sql: string): StatementSync {
    return this.#sqlite.prepare(sql)
  }

  pragma(name: string): unknown {
    return Object.values(this.#sqlite.prepare(`PRAGMA ${name}`).get() ?? {})[0]
  }

  /** All or nothing; not yet durable. Throws StorageFullError when there is no room. */
  transaction<T>(run: () => T): T {
    try {
      this.#begin.run()
      const result = run()
      this.#commit.run()
      return result
    } catch (error) {
      if (this.#sqlite.isTransaction) this.#sqlite.exec('ROLLBACK')
      throw explained(error, this.#path)
    }
  }

  /** Makes all committed transactions durable. */
  async syncLog(): Promise<void> {
    await sync(this.#log)
  }

  get logPages(): number {
    return Math.floor(fstatSync(this.#log).size / this.#pageBytes)
  }

  get sizeBytes(): number {
    return fstatSync(this.#file).size + fstatSync(this.#log).size
  }

  /** Moves the write-ahead log into the file and empties it; what is in the log must be synced. */
  async checkpoint(): Promise<void> {
    const { log, checkpointed } = this.#checkpoint('PASSIVE')
    if (log !== checkpointed) return // somebody reads; the next time will do
    await sync(this.#file)
    this.#checkpoint('TRUNCATE')
    await sync(this.#log)
  }

  /** Whether there was room for it: without, the log grows on until there is. */
  async tryCheckpoint(): Promise<boolean> {
    try {
      await this.checkpoint()
      return true
    } catch (error) {
      if (explained(error, this.#path) instanceof StorageFullError) return false
      throw error
    }
  }

  /** Gives up to so many free pages back to the file system, with the next checkpoint. */
  vacuum(pages: number): void {
    this.#sqlite.exec(`PRAGMA incremental_vacuum(${pages})`)
  }

  /** A copy of all that is committed. */
  async backup(path: string): Promise<void> {
    await backup(this.#sqlite, path)
  }

  close(): void {
    this.#sqlite.exec('PRAGMA synchronous=FULL') // closing copies the log into the file
    this.#sqlite.close()
    closeSync(this.#log)
    closeSync(this.#file)
  }

  #checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): { log: number; checkpointed: number } {
    const row = this.#sqlite.prepare(`PRAGMA wal_checkpoint(${mode})`).get()
    return { log: Number(row?.['log']), checkpointed: Number(row?.['checkpointed']) }
  }
}

/** SQLite's codes for a disk, or a quota, that has no room left. */
const fullCodes: ReadonlySet<unknown> = new Set([13, 10 | (3 << 8)])
const readOnlyCode = 8

function explained(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !('errcode' in error)) return error
  if (fullCodes.has(error.errcode)) {
    return new StorageFullError(`no space left for ${path}: ${error.message}`, { cause: error })
  }
  if ((Number(error.errcode) & 0xff) === readOnlyCode) {
    return new Error(`${path} cannot be written: ${error.message}`, { cause: error })
  }
  return error
}

function prepareFile(sqlite: DatabaseSync, path: string): void {
  try {
    sqlite.exec('PRAGMA locking_mode=EXCLUSIVE; PRAGMA auto_vacuum=INCREMENTAL')
    sqlite.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0')
    sqlite.exec('BEGIN IMMEDIATE; COMMIT')
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes('locked')) throw error
    throw new Error(`${path} is in use by another process`, { cause: error })
  }
  const found = Number(sqlite.prepare('PRAGMA user_version').get()?.['user_version'])
  if (found === 0) sqlite.exec(schema)
  else if (found !== format) throw new Error(`${path} has format ${found}; this is ${format}`)
  // What a killed process left in the log becomes durable before anybody sees it.
  sqlite.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  sqlite.exec('PRAGMA synchronous=OFF; PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY')
}
