import type { Resource } from '#resources/resource.ts'
import type { ApiObject, Draft, ResourceType } from '#api/resource-type.ts'

/**
 * What admission, authorization and the server's own loops (default Service, bootstrap roles) see of the
 * stored objects: synchronous reads from the watch cache, and writes that pass the registry without
 * admission. Objects that come out are shared: never change them.
 */
export interface Objects {
  /** Every kind that is served now. */
  rows(): Iterable<Resource>
  /** Calls back after rows came or went; who subscribed to one that went hears no more of it. */
  subscribeRows(changed: () => void): Disposable
  get<T>(type: ResourceType<T>, namespace: string, name: string): T | undefined
  /** All namespaces when `namespace` is undefined. */
  list<T>(type: ResourceType<T>, namespace?: string): readonly T[]
  create<T>(type: ResourceType<T>, namespace: string, object: Draft<T>): Promise<T>
  /** Reads, changes a copy, writes; again when it lost a race. `change` returns false to leave it. */
  modify<T extends ApiObject>(
    type: ResourceType<T>,
    at: { readonly namespace: string; readonly name: string; readonly subresource?: string },
    change: (object: T) => boolean | void,
  ): Promise<T>
  delete<T>(type: ResourceType<T>, namespace: string, name: string): Promise<void>
  /** Calls back after each change of such an object, in order. */
  subscribe<T>(
    type: ResourceType<T>,
    changed: (object: T, type: 'ADDED' | 'MODIFIED' | 'DELETED') => void,
  ): Disposable
}
