/**
 * The contract between the endpoints (http/, which know bytes and headers) and the registry (which knows
 * objects, revisions and the law of each verb). One registry serves every resource; it reads rows.
 */
import type { DeleteOptions } from '#api/meta/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Resource } from '#resources/resource.ts'
import type { Revision } from '#storage/storage.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'

/**
 * An object as it is kept in memory: parsed and encoded once, at the first need, shared by all readers,
 * never changed.
 */
export interface CachedObject {
  /** `namespace/name`, or `name`. */
  readonly key: string
  readonly revision: Revision
  readonly resourceVersion: string
  readonly object: ApiObject
  /** JSON with `kind` and `apiVersion` first, and the resourceVersion in it. */
  readonly bytes: Uint8Array
  /** The same as a protobuf message without an envelope: left here by the first who needs it. */
  protobuf?: Uint8Array | undefined
}

/** The part of a request that every verb needs. */
export interface Call {
  readonly user: UserInfo
  readonly resource: Resource
  /** '' for cluster-scoped kinds and for all namespaces. */
  readonly namespace: string
  /** '' is the object itself. */
  readonly subresource: string
  /** fieldManager, or what the user agent says before the slash. */
  readonly fieldManager: string
  readonly dryRun: boolean
  readonly signal: AbortSignal
  warn(text: string): void
  /** Adds to what the audit log says of the request; absent: the log says nothing of it. */
  readonly annotate?: (key: string, value: string) => void
  /**
   * Throws Forbidden when the user may not create: asked when an update or an apply finds nothing and
   * would create. Absent: the caller may.
   */
  readonly authorizeCreate?: () => Promise<void> | void
}

export interface Selection {
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export interface ListParams extends Selection {
  /** 0: no limit. */
  readonly limit: number
  readonly continue?: string
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: string
}

export interface ListPage {
  readonly resourceVersion: string
  /** The same array, by identity, for the same answer while nothing changed: encoders may key on it. */
  readonly items: readonly CachedObject[]
  readonly continue?: string
  readonly remainingItemCount?: number
}

export interface WatchParams extends Selection {
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: string
  readonly allowBookmarks: boolean
  readonly sendInitialEvents?: boolean
  readonly name?: string
  /** The server ends the watch then: a last bookmark goes out two seconds before. Absent: no end. */
  readonly timeoutMs?: number
}

export interface CacheEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  /** On DELETED the last state, with the revision of the deletion. On BOOKMARK a bare object. */
  readonly cached: CachedObject
}

/** Where a watch's events go. */
export interface WatchSink {
  /** The same array, by identity, goes to all watchers with the same selection: frames may be shared. */
  events(batch: readonly CacheEvent[]): void
  /** The watch ends with this failure (410 …); absent: ended by the server. */
  end(failure?: Error): void
}

export interface UpdateOptions {
  /** From the URL; the object must agree. */
  readonly name: string
}

export type PatchKind = 'json' | 'merge' | 'strategic' | 'apply'

export interface PatchRequest {
  readonly name: string
  readonly kind: PatchKind
  /** Parsed JSON (or YAML, for apply). */
  readonly patch: unknown
  /** Keys that its text names twice, in the decoder's words. */
  readonly duplicates?: (() => readonly string[]) | undefined
  readonly force: boolean
  readonly fieldValidation: FieldValidation
}

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

export type DeleteOutcome =
  /** Gone: the answer is a Status (`Success`) with details, or `last` for `returnsDeletedObject` rows. */
  | { readonly type: 'deleted'; readonly last: CachedObject }
  /** Marked with a deletionTimestamp (grace period, finalizers): the answer is the object. */
  | { readonly type: 'deleting'; readonly object: CachedObject }

export interface Registry {
  get(call: Call, name: string, resourceVersion?: string): Promise<CachedObject>
  list(call: Call, params: ListParams): Promise<ListPage>
  /** Resolves when the watch is established; events flow until `call.signal` aborts. */
  watch(call: Call, params: WatchParams, sink: WatchSink): Promise<void>
  create(call: Call, object: ApiObject): Promise<CachedObject>
  update(
    call: Call,
    object: ApiObject,
    options: UpdateOptions,
  ): Promise<{ object: CachedObject; created: boolean }>
  patch(call: Call, request: PatchRequest): Promise<{ object: CachedObject; created: boolean }>
  delete(call: Call, name: string, options: Partial<DeleteOptions>): Promise<DeleteOutcome>
  deleteCollection(
    call: Call,
    params: ListParams,
    options: Partial<DeleteOptions>,
  ): Promise<ListPage>
}
