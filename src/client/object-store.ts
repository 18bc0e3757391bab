/** The local copy that an informer keeps: objects by key, with indexes that stay true with each change. */
import type { ApiObject } from '#api/resource-type.ts'
import type { Indexers, ReadonlyStore } from './informer.ts'

/** `namespace/name`, or `name` for cluster-scoped objects. */
export function objectKey(object: ApiObject): string {
  const { namespace, name } = object.metadata
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`
}

/** The reverse of `objectKey`; namespace is '' for cluster-scoped objects. */
export function splitKey(key: string): { namespace: string; name: string } {
  const slash = key.indexOf('/')
  return { namespace: key.slice(0, Math.max(slash, 0)), name: key.slice(slash + 1) }
}

type Index<T> = Map<string, Map<string, T>>

const nothing: readonly never[] = []

export class ObjectStore<T extends ApiObject> implements ReadonlyStore<T> {
  readonly #objects = new Map<string, T>()
  readonly #namespaces: Index<T> = new Map()
  readonly #indexes = new Map<
    string,
    { keysOf: (object: T) => readonly string[]; index: Index<T> }
  >()
  /** Made when asked for, kept until the next change. */
  #list: readonly T[] | undefined

  constructor(indexers: Indexers<T> = {}) {
    for (const [name, keysOf] of Object.entries(indexers)) {
      this.#indexes.set(name, { keysOf, index: new Map() })
    }
  }

  get size(): number {
    return this.#objects.size
  }

  get(key: string): T | undefined {
    return this.#objects.get(key)
  }

  list(): readonly T[] {
    this.#list ??= [...this.#objects.values()]
    return this.#list
  }

  keys(): Iterable<string> {
    return this.#objects.keys()
  }

  inNamespace(namespace: string): readonly T[] {
    return values(this.#namespaces, namespace)
  }

  byIndex(index: string, value: string): readonly T[] {
    const found = this.#indexes.get(index)
    if (found === undefined) throw new Error(`no index ${index} was declared`)
    return values(found.index, value)
  }

  /** Adds an index over what is there already; the same name again changes nothing. */
  addIndex(name: string, keysOf: (object: T) => readonly string[]): void {
    if (this.#indexes.has(name)) return
    const index: Index<T> = new Map()
    for (const [key, object] of this.#objects) {
      for (const value of keysOf(object)) insert(index, value, key, object)
    }
    this.#indexes.set(name, { keysOf, index })
  }

  /** Returns what was there before. */
  set(key: string, object: T): T | undefined {
    const prior = this.#objects.get(key)
    if (prior !== undefined) this.#unindex(key, prior)
    this.#objects.set(key, object)
    insert(this.#namespaces, object.metadata.namespace ?? '', key, object)
    for (const { keysOf, index } of this.#indexes.values()) {
      for (const value of keysOf(object)) insert(index, value, key, object)
    }
    this.#list = undefined
    return prior
  }

  /** Returns what was there before. */
  delete(key: string): T | undefined {
    const prior = this.#objects.get(key)
    if (prior === undefined) return undefined
    this.#unindex(key, prior)
    this.#objects.delete(key)
    this.#list = undefined
    return prior
  }

  #unindex(key: string, object: T): void {
    remove(this.#namespaces, object.metadata.namespace ?? '', key)
    for (const { keysOf, index } of this.#indexes.values()) {
      for (const value of keysOf(object)) remove(index, value, key)
    }
  }
}

function values<T>(index: Index<T>, value: string): readonly T[] {
  const found = index.get(value)
  return found === undefined ? nothing : [...found.values()]
}

function insert<T>(index: Index<T>, value: string, key: string, object: T): void {
  const found = index.get(value)
  if (found === undefined) index.set(value, new Map([[key, object]]))
  else found.set(key, object)
}

function remove<T>(index: Index<T>, value: string, key: string): void {
  const found = index.get(value)
  if (found?.delete(key) === true && found.size === 0) index.delete(value)
}
