/**
 * The log on disk. A file that would grow beyond its size is put aside under the time's name and a new one
 * begun; old ones are compressed and deleted in the background.
 * Upstream: gopkg.in/natefinch/lumberjack.v2, which --audit-log-path is written by.
 */
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { limits } from './limits.ts'

export interface LogFileOptions {
  readonly path: string
  /** 0: {@link limits.defaultSizeMegabytes}. */
  readonly sizeMegabytesMax: number
  /** 0: they are kept, however many or old. */
  readonly backupsMax: number
  readonly ageDaysMax: number
  readonly compress: boolean
  readonly clock: Clock
  readonly log: Logger
}

/** Who may read of others' requests: the owner. */
const fileMode = 0o600
const dayMs = 24 * 60 * 60 * 1000

export class LogFile implements AsyncDisposable {
  readonly #options: LogFileOptions
  readonly #sizeBytesMax: number
  #file: number
  #sizeBytes: number
  #cleaning: Promise<void> = Promise.resolve()

  /** Throws when the file cannot be opened. */
  constructor(options: LogFileOptions) {
    this.#options = options
    const megabytes = options.sizeMegabytesMax || limits.defaultSizeMegabytes
    this.#sizeBytesMax = megabytes * 1024 * 1024
    mkdirSync(dirname(options.path), { recursive: true, mode: 0o755 })
    this.#file = openSync(options.path, 'a', fileMode)
    this.#sizeBytes = fstatSync(this.#file).size
  }

  /** Whole lines. */
  write(bytes: Uint8Array): void {
    if (bytes.length > this.#sizeBytesMax) {
      throw new Error(
        `write length ${bytes.length} exceeds maximum file size ${this.#sizeBytesMax}`,
      )
    }
    if (this.#sizeBytes > 0 && this.#sizeBytes + bytes.length > this.#sizeBytesMax) this.#rotate()
    for (let done = 0; done < bytes.length;) done += writeSync(this.#file, bytes, done)
    this.#sizeBytes += bytes.length
  }

  async [Symbol.asyncDispose](): Promise<void> {
    closeSync(this.#file)
    await this.#cleaning
  }

  #rotate(): void {
    const { path, clock, log } = this.#options
    renameSync(path, backupName(path, clock.nowMs()))
    const old = this.#file
    this.#file = openSync(path, 'a', fileMode)
    closeSync(old)
    this.#sizeBytes = 0
    this.#cleaning = this.#cleaning
      .then(() => this.#clean())
      .catch((error: unknown) => log.error('Old audit logs could not be cleaned up', error))
  }

  async #clean(): Promise<void> {
    const { path, compress, clock } = this.#options
    const folder = dirname(path)
    const { keep, remove } = sortOut(await readdir(folder), {
      ...this.#options,
      nowMs: clock.nowMs(),
    })
    for (const name of remove) await rm(join(folder, name), { force: true })
    if (!compress) return
    for (const name of keep) if (!name.endsWith('.gz')) await compressFile(join(folder, name))
  }
}

/** `audit-2026-01-02T03-04-05.678.log` beside `audit.log`; never the name of one that is there. */
function backupName(path: string, nowMs: number): string {
  const extension = extname(path)
  const time = new Date(nowMs).toISOString().slice(0, -1).replaceAll(':', '-')
  const name = join(dirname(path), `${basename(path, extension)}-${time}${extension}`)
  return existsSync(name) ? backupName(path, nowMs + 1) : name
}

export interface Keeping extends Pick<LogFileOptions, 'path' | 'backupsMax' | 'ageDaysMax'> {
  readonly nowMs: number
}

/** Which of the files in the log's folder are old logs, and which of those go; newest first. */
export function sortOut(
  names: readonly string[],
  { path, backupsMax, ageDaysMax, nowMs }: Keeping,
): { readonly keep: readonly string[]; readonly remove: readonly string[] } {
  const backups = names
    .map((name) => ({ name, atMs: backupTime(name, path) }))
    .filter((one): one is { name: string; atMs: number } => one.atMs !== undefined)
    .toSorted((a, b) => b.atMs - a.atMs)
  const keep: string[] = []
  const remove: string[] = []
  for (const { name, atMs } of backups) {
    const isTooMany = backupsMax > 0 && keep.length >= backupsMax
    const isTooOld = ageDaysMax > 0 && atMs < nowMs - ageDaysMax * dayMs
    if (isTooMany || isTooOld) remove.push(name)
    else keep.push(name)
  }
  return { keep, remove }
}

function backupTime(name: string, path: string): number | undefined {
  const extension = extname(path)
  const prefix = `${basename(path, extension)}-`
  const plain = name.endsWith('.gz') ? name.slice(0, -'.gz'.length) : name
  if (!plain.startsWith(prefix) || !plain.endsWith(extension)) return undefined
  const time = plain.slice(prefix.length, plain.length - extension.length)
  const match = /^(\d{4}-\d\d-\d\dT\d\d)-(\d\d)-(\d\d\.\d{3})$/.exec(time)
  if (match === null) return undefined
  const ms = Date.parse(`${match[1]}:${match[2]}:${match[3]}Z`)
  return Number.isNaN(ms) ? undefined : ms
}

async function compressFile(path: string): Promise<void> {
  const target = createWriteStream(`${path}.gz`, { mode: fileMode })
  await pipeline(createReadStream(path), createGzip(), target)
  await rm(path)
}
