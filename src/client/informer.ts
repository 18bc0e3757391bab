/** A local copy of a collection, kept true by list and watch; survives restarts of the API server. */
export interface Informer<T> extends AsyncDisposable {
  /** Resolves when the copy holds all that existed at the start; rejects when the signal aborts. */
  synced(signal: AbortSignal): Promise<void>
  readonly store: ReadonlyStore<T>
  /** Handlers run synchronously in event order; on registration each object present is `added`. */
  subscribe(handler: InformerHandler<T>): Disposable
}

export interface InformerHandler<T> {
  added?(object: T): void
  updated?(object: T, prior: T): void
  /** The last state known. */
  deleted?(object: T): void
}

export interface ReadonlyStore<T> {
  /** Key: `namespace/name`, or `name` for cluster-scoped kinds. */
  get(key: string): T | undefined
  list(): readonly T[]
  inNamespace(namespace: string): readonly T[]
  /** Objects under an index that was declared when the informer was made. */
  byIndex(index: string, value: string): readonly T[]
  readonly size: number
}

export type Indexers<T> = Readonly<Record<string, (object: T) => readonly string[]>>
