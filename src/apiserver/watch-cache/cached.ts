import type { ApiObject } from '#api/resource-type.ts'
import type { CachedObject } from '#apiserver/registry/registry.ts'
import type { Revision, Value } from '#storage/storage.ts'
import { decode, encodeStored, withResourceVersion, withoutResourceVersion } from './encoding.ts'

interface Parts {
  /** `namespace/name`, or `name`. */
  readonly key: string
  readonly revision: Revision
  /** '' for what was never stored (a dry run of a create). */
  readonly resourceVersion: string
  /** At least one of the three. */
  readonly object?: ApiObject
  readonly stored?: Uint8Array
  /** Where the stored bytes are, when they are not in memory yet. */
  readonly value?: Value
}

/**
 * An object in the cache. Parsed, stored and served form are made from each other at the first need;
 * once the served bytes exist, the stored ones are dropped, so that only one copy is kept.
 */
export class Cached implements CachedObject {
  readonly key: string
  readonly revision: Revision
  readonly resourceVersion: string
  protobuf: Uint8Array | undefined
  #object: ApiObject | undefined
  #stored: Uint8Array | undefined
  #bytes: Uint8Array | undefined
  #value: Value | undefined

  constructor(parts: Parts) {
    this.key = parts.key
    this.revision = parts.revision
    this.resourceVersion = parts.resourceVersion
    this.#object = parts.object
    this.#stored = parts.stored
    this.#value = parts.value
  }

  /** Of the encoded form; 0 for what is only shown and never kept. */
  get sizeBytes(): number {
    return (this.#bytes ?? this.#stored)?.length ?? 0
  }

  /** Was replaced, and will be compacted: its bytes must be in memory by then. */
  load(): void {
    if (this.#value === undefined) return
    this.#stored = this.#value.bytes
    this.#value = undefined
  }

  get object(): ApiObject {
    this.#object ??= decode(this.bytes)
    return this.#object
  }

  get bytes(): Uint8Array {
    if (this.#bytes === undefined) {
      this.load()
      const stored = this.#stored ?? encodeStored(this.object)
      this.#bytes =
        this.resourceVersion === '' ? stored : withResourceVersion(stored, this.resourceVersion)
      this.#stored = undefined
    }
    return this.#bytes
  }

  /** The durable bytes, without resourceVersion. */
  get stored(): Uint8Array {
    this.load()
    if (this.#stored !== undefined) return this.#stored
    if (this.resourceVersion === '') return this.bytes
    return withoutResourceVersion(this.bytes, this.resourceVersion)
  }

  /** The same state at another revision: what a deletion shows. */
  at(revision: Revision): Cached {
    const { key, stored } = this
    const resourceVersion = String(revision)
    const known = this.#object
    if (known === undefined) return new Cached({ key, revision, resourceVersion, stored })
    const object = { ...known, metadata: { ...known.metadata, resourceVersion } }
    return new Cached({ key, revision, resourceVersion, object, stored })
  }

  /** Was superseded: keeps only the bytes, a quarter of the memory, until somebody looks again. */
  release(): void {
    this.protobuf = undefined
    if (this.#stored !== undefined || this.#bytes !== undefined) this.#object = undefined
  }
}

/**
 * What travels with a write through the storage (`Value.attachment`): the object that was encoded. Who
 * learns the revision first, the cache from the watch or the writer from the acknowledgement, makes the
 * cached object; the other finds it here.
 */
export class Written {
  readonly key: string
  readonly stored: Uint8Array
  readonly #object: ApiObject
  #cached: Cached | undefined

  /** The object is the cache's from now on. */
  constructor(key: string, object: ApiObject) {
    this.key = key
    this.#object = object
    this.stored = encodeStored(object)
  }

  at(revision: Revision): Cached {
    if (this.#cached === undefined) {
      const resourceVersion = String(revision)
      this.#object.metadata.resourceVersion = resourceVersion
      const { key, stored } = this
      this.#cached = new Cached({ key, revision, resourceVersion, object: this.#object, stored })
    }
    return this.#cached
  }
}
