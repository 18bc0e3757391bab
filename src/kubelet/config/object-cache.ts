/**
 * ConfigMaps and Secrets that pods of this node use, each watched by its own name for as long as a pod
 * uses it: a node may see no others, and a change shows at once.
 * Upstream: pkg/kubelet/util/manager/watch_based_manager.go at v1.36.
 */
import { notFound } from '#api/meta/status.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import type { Informer } from '#client/informer.ts'

export interface ObjectCacheOptions<T> {
  readonly type: ResourceType<T>
  /** Starts watching one object. */
  readonly watch: (namespace: string, name: string) => Informer<T>
}

interface Entry<T> {
  readonly informer: Informer<T>
  readonly subscription: Disposable
  readonly listeners: Map<string, () => void>
}

export class ObjectCache<T extends ApiObject> implements AsyncDisposable {
  readonly #options: ObjectCacheOptions<T>
  readonly #entries = new Map<string, Entry<T>>()

  constructor(options: ObjectCacheOptions<T>) {
    this.#options = options
  }

  /** Keeps an object for `user` (a pod's UID), whom `changed` tells of changes, until it lets go. */
  hold(namespace: string, name: string, user: string, changed: () => void): void {
    const key = `${namespace}/${name}`
    const entry = this.#entries.get(key) ?? this.#open(namespace, name)
    entry.listeners.set(user, changed)
  }

  /** Lets go of all that `user` holds. */
  release(user: string): void {
    for (const [key, entry] of this.#entries) {
      if (!entry.listeners.delete(user) || entry.listeners.size > 0) continue
      this.#entries.delete(key)
      entry.subscription[Symbol.dispose]()
      // Its end is nobody's business any more.
      entry.informer[Symbol.asyncDispose]().then(undefined, () => undefined)
    }
  }

  /** The object as it is now; rejects with StatusError NotFound. It must be held. */
  async get(namespace: string, name: string, signal: AbortSignal): Promise<T> {
    const key = `${namespace}/${name}`
    const entry = this.#entries.get(key)
    if (entry !== undefined) {
      await entry.informer.synced(signal)
      const found = entry.informer.store.get(key)
      if (found !== undefined) return found
    }
    const { group, kind } = this.#options.type
    throw notFound({ group, resource: kind.toLowerCase() }, name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    await Promise.all(entries.map(({ informer }) => informer[Symbol.asyncDispose]()))
  }

  #open(namespace: string, name: string): Entry<T> {
    const informer = this.#options.watch(namespace, name)
    const listeners = new Map<string, () => void>()
    let ready = false
    const tell = (): void => {
      if (ready) for (const listener of listeners.values()) listener()
    }
    const subscription = informer.subscribe({ added: tell, updated: tell, deleted: tell })
    ready = true
    const entry = { informer, subscription, listeners }
    this.#entries.set(`${namespace}/${name}`, entry)
    return entry
  }
}
