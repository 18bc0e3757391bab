/** The typed client: `client.for(pods).namespace('default').get('web')`. */
import type { DeleteOptions, ListMeta } from '#api/meta/v1.gen.ts'
import type { Draft, ResourceType } from '#api/resource-type.ts'
import type { Transport, WatchEvent } from './transport.ts'

export interface List<T> {
  readonly metadata: ListMeta
  readonly items: readonly T[]
}

export interface ListOptions {
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly limit?: number
  readonly continue?: string
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: 'Exact' | 'NotOlderThan'
  readonly signal?: AbortSignal
}

export interface WatchOptions {
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly resourceVersion?: string
  readonly allowWatchBookmarks?: boolean
  readonly sendInitialEvents?: boolean
  readonly timeoutSeconds?: number
  readonly signal: AbortSignal
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply'

export interface WriteOptions {
  readonly subresource?: string
  readonly fieldManager?: string
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
}

export interface ResourceClient<T> {
  /** Throws StatusError NotFound. */
  get(
    name: string,
    options?: { subresource?: string; resourceVersion?: string; signal?: AbortSignal },
  ): Promise<T>
  list(options?: ListOptions): Promise<List<T>>
  watch(options: WatchOptions): AsyncIterable<WatchEvent<T>>
  create(object: Draft<T>, options?: WriteOptions): Promise<T>
  /** Optimistic: throws StatusError Conflict when `metadata.resourceVersion` is not the newest. */
  update(object: T, options?: WriteOptions): Promise<T>
  patch(
    name: string,
    type: PatchType,
    patch: unknown,
    options?: WriteOptions & { force?: boolean },
  ): Promise<T>
  delete(name: string, options?: Partial<DeleteOptions> & { signal?: AbortSignal }): Promise<void>
  deleteCollection(options?: ListOptions & { delete?: Partial<DeleteOptions> }): Promise<void>
  /** POST to a subresource that takes another kind: binding, eviction, token. */
  createSubresource(
    name: string,
    subresource: string,
    body: unknown,
    options?: WriteOptions,
  ): Promise<unknown>
}

export interface Client {
  /** For paths that no type describes: discovery, health. */
  readonly transport: Transport
  /** Cluster-scoped kinds, or all namespaces (reads only) of namespaced ones. */
  for<T>(type: ResourceType<T>): ResourceClient<T>
  in<T>(type: ResourceType<T>, namespace: string): ResourceClient<T>
}
