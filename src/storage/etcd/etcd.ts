/**
 * The log in an etcd cluster, laid out as upstream lays it out: a key per object, compared and set by its
 * mod_revision. What differs: values are our stored JSON, not protobuf behind a `k8s` mark.
 * Upstream: staging/src/k8s.io/apiserver/pkg/storage/etcd3/store.go.
 */
import type { Clock } from '#base/clock.ts'
import { GrpcError } from '#base/grpc-error.ts'
import type { Logger } from '#base/logger.ts'
import {
  CompactedError,
  FutureRevisionError,
  StorageClosedError,
  revisionOf,
  type Change,
  type Entry,
  type Range,
  type RangeOptions,
  type Revision,
  type Storage,
  type Value,
  type WriteOptions,
  type WriteOutcome,
} from '#storage/storage.ts'
import { Attachments } from './attachments.ts'
import { connectHttp2, type TlsFiles } from './channel.ts'
import { EtcdClient } from './client.ts'
import { defaultPrefix, keySpace, rangeEndOf, type KeySpace } from './keys.ts'
import { Leases } from './leases.ts'
import { limits } from './limits.ts'
import { Members } from './members.ts'
import type { Event, KeyValue } from './messages.ts'
import { Progress, wayOf, type ProgressWay } from './progress.ts'
import { sharedRead } from './shared-read.ts'
import type { Connect } from './transport.ts'
import { WatchStream } from './watch-stream.ts'
import { EtcdWatch } from './watch.ts'
import { writeKey } from './write.ts'

export interface EtcdOptions {
  /** `https://10.0.0.1:2379` */
  readonly endpoints: readonly string[]
  readonly tls?: TlsFiles
  /** What stands for `/registry` in etcd's keys: --etcd-prefix. */
  readonly prefix?: string
  readonly leaseReuseSeconds?: number
  readonly clock: Clock
  readonly log: Logger
  /** A number in [0, 1). */
  readonly random: () => number
  /** Default: HTTP/2. */
  readonly connect?: Connect
  /** Default: by the version of the member. */
  readonly progress?: ProgressWay
}

/** A store that can also be asked about its etcd. */
export interface EtcdStorage extends Storage {
  readonly client: EtcdClient
  readonly endpoints: readonly string[]
}

/** Resolves when etcd has answered; rejects when no member does. */
export async function openEtcd(options: EtcdOptions): Promise<EtcdStorage> {
  const storage = new Etcd(options)
  try {
    await storage.revision()
    return storage
  } catch (error) {
    await storage[Symbol.asyncDispose]()
    throw error
  }
}

class Etcd implements EtcdStorage {
  readonly client: EtcdClient
  readonly endpoints: readonly string[]
  readonly #clock: Clock
  readonly #keys: KeySpace
  readonly #leases: Leases
  readonly #stream: WatchStream
  readonly #progress: Progress
  readonly #attachments = new Attachments()
  readonly #watches = new Set<EtcdWatch>()
  readonly #newest: () => Promise<number>
  #isClosed = false

  constructor(options: EtcdOptions) {
    const { endpoints, clock, log, random, tls = {}, leaseReuseSeconds } = options
    const connect = options.connect ?? connectHttp2({ clock, tls })
    this.#clock = clock
    this.endpoints = endpoints
    this.client = new EtcdClient(new Members({ endpoints, connect, clock, log, random }))
    this.#keys = keySpace(options.prefix ?? defaultPrefix)
    this.#leases = new Leases({
      clock,
      random,
      ...(leaseReuseSeconds !== undefined && { reuseSeconds: leaseReuseSeconds }),
      grant: (id, ttlSeconds) => this.client.grantLease(id, ttlSeconds),
    })
    this.#progress = new Progress({
      clock,
      reached: () => Math.min(...[...this.#watches].map(({ reached }) => reached)),
      ask: () => this.#stream.requestProgress(),
      mark: () => this.#mark(),
    })
    this.#stream = new WatchStream({
      client: this.client,
      log,
      opened: (endpoint) => void this.#chooseProgress(endpoint, options.progress),
    })
    const key = this.#keys.encode(defaultPrefix)
    this.#newest = sharedRead(async () => {
      const { header } = await this.client.range({ key, countOnly: true })
      return header.revision
    })
  }

  async get(key: string): Promise<Entry | undefined> {
    this.#assertOpen()
    const { kvs } = await this.#closes(this.client.range({ key: this.#keys.encode(key) }))
    return kvs[0] === undefined ? undefined : this.#entryOf(kvs[0])
  }

  async range({ prefix, limit, after, atRevision }: RangeOptions): Promise<Range> {
    this.#assertOpen()
    const start = this.#keys.encode(prefix)
    const answer = await this.#closes(
      this.client.range({
        key: after === undefined ? start : this.#keys.encode(`${after}\0`),
        rangeEnd: rangeEndOf(start),
        limit,
        ...(atRevision !== undefined && { revision: Number(atRevision) }),
      }),
    ).catch((error: unknown) => this.#pastFailure(error))
    return {
      entries: answer.kvs.map((kv) => this.#entryOf(kv)),
      revision: atRevision ?? revisionOf(answer.header.revision),
      more: answer.more,
      remaining: answer.count - answer.kvs.length, // etcd counts in any case
    }
  }

  async count(prefix: string): Promise<number> {
    this.#assertOpen()
    const key = this.#keys.encode(prefix)
    const rangeEnd = rangeEndOf(key)
    return (await this.#closes(this.client.range({ key, rangeEnd, countOnly: true }))).count
  }

  async create(key: string, value: Value, options?: WriteOptions): Promise<WriteOutcome> {
    return this.#put({ key, value, expected: 0, options })
  }

  async update(
    key: string,
    value: Value,
    expected: Revision,
    options?: WriteOptions,
  ): Promise<WriteOutcome> {
    return this.#put({ key, value, expected: Number(expected), options })
  }

  async delete(key: string, expected: Revision): Promise<WriteOutcome> {
    this.#assertOpen()
    const write = { expected: Number(expected), bytes: undefined, lease: 0 }
    return this.#write({ ...write, key: this.#keys.encode(key) })
  }

  watch(prefix: string, from: Revision, signal: AbortSignal): AsyncIterable<readonly Change[]> {
    this.#assertOpen()
    return { [Symbol.asyncIterator]: () => this.#watch(prefix, from, signal) }
  }

  async revision(): Promise<Revision> {
    this.#assertOpen()
    const newest = await this.#closes(this.#newest())
    if (this.#watches.size > 0) this.#progress.want(newest)
    return revisionOf(newest)
  }

  async compact(revision: Revision): Promise<void> {
    this.#assertOpen()
    await this.#refuseFuture(revision)
    await this.#closes(this.client.compact(Number(revision)))
  }

  /** Of the first member that answers: each has all of it. */
  async sizeBytes(): Promise<number> {
    this.#assertOpen()
    const { endpoint } = await this.#closes(this.client.members.channel())
    return (await this.#closes(this.client.status(endpoint))).dbSize
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#progress[Symbol.dispose]()
    for (const watch of this.#watches) watch.close()
    this.#stream[Symbol.dispose]()
    this.client.members[Symbol.dispose]()
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new StorageClosedError('the store is closed')
  }

  /** What fails because the store was closed meanwhile says so. */
  async #closes<T>(call: Promise<T>): Promise<T> {
    try {
      return await call
    } catch (error) {
      if (this.#isClosed) throw new StorageClosedError('the store is closed', { cause: error })
      throw error
    }
  }

  #entryOf({ key, value, modRevision, createRevision }: KeyValue): Entry {
    return {
      key: this.#keys.decode(key),
      value: { bytes: own(value) },
      revision: revisionOf(modRevision),
      createRevision: revisionOf(createRevision),
    }
  }

  async #put({ key, value, expected, options }: Put): Promise<WriteOutcome> {
    this.#assertOpen()
    const write = { key: this.#keys.encode(key), expected, bytes: value.bytes }
    const attached = this.#watches.size > 0
    const waiting = attached ? this.#attachments.expect(key, value, expected) : undefined
    let outcome: WriteOutcome | undefined
    try {
      outcome = await this.#writeWithLease(write, options?.ttlSeconds)
      return outcome
    } finally {
      if (outcome?.ok !== true) waiting?.[Symbol.dispose]()
    }
  }

  /** A lease that etcd has lost (its time was over) is replaced once. */
  async #writeWithLease(
    write: { readonly key: Buffer; readonly expected: number; readonly bytes: Uint8Array },
    ttlSeconds: number | undefined,
  ): Promise<WriteOutcome> {
    if (ttlSeconds === undefined) return this.#write({ ...write, lease: 0 })
    const lease = await this.#closes(this.#leases.take(ttlSeconds))
    try {
      return await this.#write({ ...write, lease })
    } catch (error) {
      if (!(error instanceof GrpcError) || error.code !== 'NotFound') throw error
      this.#leases.forget(lease)
      return this.#write({ ...write, lease: await this.#leases.take(ttlSeconds) })
    }
  }

  #write(write: Parameters<typeof writeKey>[1]): Promise<WriteOutcome> {
    return this.#closes(writeKey(this.client, write, (kv) => this.#entryOf(kv)))
  }

  #watch(prefix: string, from: Revision, signal: AbortSignal): EtcdWatch {
    const key = this.#keys.encode(prefix)
    const watch = new EtcdWatch({
      stream: this.#stream,
      key,
      rangeEnd: rangeEndOf(key),
      from,
      signal,
      begin: () => this.#refuseFuture(from),
      changeOf: (event) => this.#changeOf(event, prefix),
      ended: (ended) => {
        this.#watches.delete(ended)
        if (this.#watches.size === 0) this.#attachments.clear()
      },
    })
    this.#watches.add(watch)
    return watch
  }

  #changeOf({ type, kv }: Event, prefix: string): Change {
    const key = this.#keys.decode(kv.key)
    const revision = revisionOf(kv.modRevision)
    if (key === markerOf(prefix)) return { type: 'progress', revision }
    if (type === 'DELETE') return { type: 'delete', key, revision }
    const value = this.#attachments.take(key, own(kv.value), kv.modRevision)
    const created = kv.createRevision === kv.modRevision
    return { type: 'put', entry: { key, value, revision }, created }
  }

  async #refuseFuture(revision: Revision): Promise<void> {
    if (revision <= this.client.newest) return
    const newest = await this.#closes(this.#newest())
    if (revision > newest) throw new FutureRevisionError(revisionOf(newest))
  }

  /** etcd's errors about revisions, in the contract's words. */
  async #pastFailure(error: unknown): Promise<never> {
    if (!(error instanceof GrpcError) || error.code !== 'OutOfRange') throw error
    if (error.details.includes('future')) {
      throw new FutureRevisionError(revisionOf(await this.#newest()))
    }
    throw new CompactedError(await this.#compacted())
  }

  /** etcd tells how much is compacted only to a watch that begins too early. */
  async #compacted(): Promise<Revision> {
    const late = new AbortController()
    using _ = this.#clock.after(limits.readAttemptMs, () => late.abort())
    const watch = this.#watch(defaultPrefix, revisionOf(0), late.signal)
    try {
      await watch.next()
      return revisionOf(0)
    } catch (error) {
      if (error instanceof CompactedError) return error.compacted
      throw error
    } finally {
      await watch.return()
    }
  }

  async #chooseProgress(endpoint: string, chosen: ProgressWay | undefined): Promise<void> {
    this.#progress.way = chosen ?? 'none'
    if (chosen !== undefined) return
    const status = await this.client.status(endpoint).catch(() => undefined)
    if (status !== undefined) this.#progress.way = wayOf(status.version)
  }

  async #mark(): Promise<void> {
    const key = this.#keys.encode(markerOf(`${defaultPrefix}/`))
    await this.client.txn({ compare: [], success: [{ requestPut: { key } }], failure: [] })
  }
}

interface Put {
  readonly key: string
  readonly value: Value
  /** 0: the key must not exist. */
  readonly expected: number
  readonly options: WriteOptions | undefined
}

/** Written only to be told: see progress.ts. No resource is stored there. */
function markerOf(prefix: string): string {
  return `${prefix}k8ts.io/progress`
}

/** A copy, so that a small value does not keep the large answer in memory that it came in. */
function own(value: Buffer): Buffer {
  return value.buffer.byteLength > 2 * value.length ? Buffer.copyBytesFrom(value) : value
}
