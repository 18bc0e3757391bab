/**
 * The reflector: lists a collection, then watches it from there, for ever. A watch that ends is resumed
 * where it stopped; when the server has forgotten that point (410) the collection is listed again, and
 * what vanished meanwhile is delivered as deleted.
 * Upstream: staging/src/k8s.io/client-go/tools/cache/reflector.go at v1.36.
 */
import { isStatus, StatusError } from '#api/meta/status.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Client, List, ResourceClient } from './client.ts'
import type { Indexers, Informer, InformerHandler } from './informer.ts'
import { objectKey, ObjectStore } from './object-store.ts'
import type { WatchEvent } from './transport.ts'

export interface InformerOptions<T> {
  readonly clock: Clock
  /** 0 ≤ random() < 1: spreads the retries of many clients. */
  readonly random: () => number
  readonly log: Logger
  /** Absent: all namespaces. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly indexers?: Indexers<T>
  /** Ends the informer, as disposing it does. */
  readonly signal?: AbortSignal
}

export const informerLimits = {
  /** A server of ours is back within half a second; upstream begins with 800 ms. */
  retryMsMin: 100,
  retryMsMax: 30_000,
  /** Watches end after 5 to 10 minutes, so that load spreads over several servers again. */
  watchSecondsMin: 300,
  /** A watch that brought nothing and ended sooner is treated as a failure. */
  watchMsMin: 1_000,
} as const

/** Starts listing at once. The informer lives until it is disposed or `options.signal` aborts. */
export function startInformer<T extends ApiObject>(
  client: Client,
  type: ResourceType<T>,
  options: InformerOptions<T>,
): StartedInformer<T> {
  const source =
    options.namespace === undefined ? client.for(type) : client.in(type, options.namespace)
  return new Reflector(source, type, options)
}

export interface StartedInformer<T> extends Informer<T> {
  /** Whether the first list has arrived. */
  readonly hasSynced: boolean
  /** Of the newest event or list that the store shows; undefined before the first list. */
  readonly resourceVersion: string | undefined
  /** Adds an index to the store, over what is there already. */
  addIndex(name: string, keysOf: (object: T) => readonly string[]): void
}

class Reflector<T extends ApiObject> implements StartedInformer<T> {
  readonly store: ObjectStore<T>
  readonly #source: ResourceClient<T>
  readonly #options: InformerOptions<T>
  readonly #name: string
  readonly #handlers = new Set<InformerHandler<T>>()
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  readonly #waiting = new Set<() => void>()
  #synced = false
  #shown: string | undefined
  /** Where the next watch begins; undefined: list first. */
  #resourceVersion: string | undefined
  #failures = 0

  constructor(source: ResourceClient<T>, type: ResourceType<T>, options: InformerOptions<T>) {
    this.#source = source
    this.#options = options
    this.#name = type.resource
    this.store = new ObjectStore(options.indexers)
    if (options.signal?.aborted === true) this.#stop.abort()
    const stop = (): void => this.#stop.abort()
    options.signal?.addEventListener('abort', stop, { once: true })
    this.#running = this.#run().finally(() => options.signal?.removeEventListener('abort', stop))
  }

  get hasSynced(): boolean {
    return this.#synced
  }

  get resourceVersion(): string | undefined {
    return this.#shown
  }

  addIndex(name: string, keysOf: (object: T) => readonly string[]): void {
    this.store.addIndex(name, keysOf)
  }

  synced(signal: AbortSignal): Promise<void> {
    if (this.#synced) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        this.#waiting.delete(finish)
        signal.removeEventListener('abort', finish)
        this.#stop.signal.removeEventListener('abort', finish)
        if (this.#synced) resolve()
        else reject(new Error(`the informer of ${this.#name} ended before it was in sync`))
      }
      if (signal.aborted || this.#stop.signal.aborted) return finish()
      this.#waiting.add(finish)
      signal.addEventListener('abort', finish)
      this.#stop.signal.addEventListener('abort', finish)
    })
  }

  subscribe(handler: InformerHandler<T>): Disposable {
    this.#handlers.add(handler)
    if (handler.added !== undefined) {
      for (const object of this.store.list()) this.#safely(() => handler.added?.(object))
    }
    return { [Symbol.dispose]: () => this.#handlers.delete(handler) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      try {
        this.#resourceVersion ??= await this.#list()
        await this.#watch()
      } catch (error) {
        if (signal.aborted) return
        await this.#recover(error)
      }
    }
  }

  async #list(): Promise<string> {
    const list = await this.#source.list({ ...this.#selectors(), signal: this.#stop.signal })
    this.#replace(list)
    this.#synced = true
    for (const finish of this.#waiting) finish()
    return list.metadata.resourceVersion
  }

  #replace({ items, metadata }: List<T>): void {
    this.#shown = metadata.resourceVersion
    const vanished = new Set(this.store.keys())
    for (const object of items) {
      const key = objectKey(object)
      vanished.delete(key)
      this.#put(key, object)
    }
    for (const key of vanished) this.#remove(key)
  }

  async #watch(): Promise<void> {
    const { clock, random } = this.#options
    const startedMs = clock.monotonicMs()
    const { watchSecondsMin, watchMsMin } = informerLimits
    let events = 0
    const watch = this.#source.watch({
      ...this.#selectors(),
      ...(this.#resourceVersion === undefined ? {} : { resourceVersion: this.#resourceVersion }),
      allowWatchBookmarks: true,
      timeoutSeconds: Math.floor(watchSecondsMin * (1 + random())),
      signal: this.#stop.signal,
    })
    for await (const event of watch) {
      events++
      this.#failures = 0
      this.#apply(event)
    }
    if (events === 0 && clock.monotonicMs() - startedMs < watchMsMin) {
      if (!this.#stop.signal.aborted) throw new Error('the watch ended without an event')
    }
  }

  #apply(event: WatchEvent<T>): void {
    const { object } = event
    this.#shown = object.metadata.resourceVersion
    if (event.type === 'DELETED') this.#remove(objectKey(object), object)
    else if (event.type !== 'BOOKMARK') this.#put(objectKey(object), object)
    this.#resourceVersion = this.#shown
  }

  #put(key: string, object: T): void {
    const prior = this.store.set(key, object)
    if (prior?.metadata.resourceVersion === object.metadata.resourceVersion) return
    for (const handler of this.#handlers) {
      this.#safely(() =>
        prior === undefined ? handler.added?.(object) : handler.updated?.(object, prior),
      )
    }
  }

  #remove(key: string, last?: T): void {
    const prior = this.store.delete(key)
    if (prior === undefined) return
    for (const handler of this.#handlers) this.#safely(() => handler.deleted?.(last ?? prior))
  }

  /** A handler's bug must not cost the other handlers their events. */
  #safely(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#options.log.error('a handler failed', error, { resource: this.#name })
    }
  }

  /** Decides whether to list again, and waits. */
  async #recover(error: unknown): Promise<void> {
    const { clock, random, log } = this.#options
    const expired = isStatus(error, 'Expired') || isStatus(error, 'Gone')
    // A connection that broke says nothing about our place in the log; any answer of the server does.
    if (expired || error instanceof StatusError) this.#resourceVersion = undefined
    if (expired && this.#failures === 0) {
      this.#failures++
      return
    }
    const { retryMsMin, retryMsMax } = informerLimits
    const ms = Math.min(retryMsMin * 2 ** Math.min(this.#failures, 20), retryMsMax) * (1 + random())
    this.#failures++
    log
      .v(2)
      ?.info('list or watch failed', { resource: this.#name, err: String(error), retryMs: ms })
    await clock.sleep(ms, this.#stop.signal)
  }

  #selectors(): { labelSelector?: string; fieldSelector?: string } {
    const { labelSelector, fieldSelector } = this.#options
    return {
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(fieldSelector === undefined ? {} : { fieldSelector }),
    }
  }
}
