/**
 * The objects of one resource, by namespace and name, and sorted lists of them. A list that was handed
 * out is never changed: a later one is a patched copy, and the same array while nothing changed.
 */
import { compareKeys } from '#storage/key-order.ts'
import type { Cached } from './cached.ts'

export class ObjectsByName {
  /** '' for cluster-scoped kinds. */
  readonly #namespaces = new Map<string, SortedObjects>()
  #all: readonly Cached[] | undefined = []
  #size = 0

  get size(): number {
    return this.#size
  }

  get(key: string): Cached | undefined {
    return this.#namespaces.get(namespaceOf(key))?.get(key)
  }

  set(cached: Cached): void {
    const namespace = namespaceOf(cached.key)
    let objects = this.#namespaces.get(namespace)
    if (objects === undefined) {
      objects = new SortedObjects()
      this.#namespaces.set(namespace, objects)
    }
    if (objects.set(cached)) this.#size++
    this.#all = undefined
  }

  delete(key: string): void {
    const namespace = namespaceOf(key)
    const objects = this.#namespaces.get(namespace)
    if (objects?.delete(key) !== true) return
    this.#size--
    if (objects.size === 0) this.#namespaces.delete(namespace)
    this.#all = undefined
  }

  /** In the order of storage keys; of all namespaces when `namespace` is undefined. */
  list(namespace: string | undefined): readonly Cached[] {
    if (namespace !== undefined) return this.#namespaces.get(namespace)?.list() ?? empty
    this.#all ??= this.#listAll()
    return this.#all
  }

  #listAll(): readonly Cached[] {
    if (this.#namespaces.size === 1) return this.#namespaces.values().next().value?.list() ?? empty
    const names = [...this.#namespaces.keys()].sort((a, b) => compareKeys(`${a}/`, `${b}/`))
    return names.flatMap((name) => this.#namespaces.get(name)?.list() ?? empty)
  }
}

/** One array for every empty list, so that it, too, is the same while nothing changes. */
const empty: readonly Cached[] = []

/** Changes that are merged into a copy one by one; more are sorted anew. */
const patchesMax = 64

class SortedObjects {
  readonly #byKey = new Map<string, Cached>()
  #sorted: readonly Cached[] = empty
  /** Keys that changed since `#sorted` was made; undefined: too many. */
  #changed: Set<string> | undefined = new Set()

  get size(): number {
    return this.#byKey.size
  }

  get(key: string): Cached | undefined {
    return this.#byKey.get(key)
  }

  /** Whether the key is new. */
  set(cached: Cached): boolean {
    const before = this.#byKey.size
    this.#byKey.set(cached.key, cached)
    this.#touch(cached.key)
    return this.#byKey.size > before
  }

  delete(key: string): boolean {
    this.#touch(key)
    return this.#byKey.delete(key)
  }

  list(): readonly Cached[] {
    if (this.#changed?.size === 0) return this.#sorted
    this.#sorted = this.#changed === undefined ? this.#sort() : this.#patch(this.#changed)
    this.#changed = new Set()
    return this.#sorted
  }

  #touch(key: string): void {
    this.#changed?.add(key)
    if (this.#changed !== undefined && this.#changed.size > patchesMax) this.#changed = undefined
  }

  #sort(): readonly Cached[] {
    return [...this.#byKey.values()].sort((a, b) => compareKeys(a.key, b.key))
  }

  #patch(changed: ReadonlySet<string>): readonly Cached[] {
    const sorted = this.#sorted.slice()
    for (const key of changed) {
      const cached = this.#byKey.get(key)
      const index = firstNotBefore(sorted, key)
      const isThere = sorted[index]?.key === key
      if (cached === undefined) sorted.splice(index, isThere ? 1 : 0)
      else sorted.splice(index, isThere ? 1 : 0, cached)
    }
    return sorted
  }
}

/** Index of the first object whose key is not before `key`, in a list in key order. */
export function firstNotBefore(sorted: readonly Cached[], key: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const candidate = sorted[middle]
    if (candidate !== undefined && compareKeys(candidate.key, key) < 0) low = middle + 1
    else high = middle
  }
  return low
}

function namespaceOf(key: string): string {
  const slash = key.indexOf('/')
  return slash === -1 ? '' : key.slice(0, slash)
}
