/**
 * Configurations (webhooks, policies, bindings) in the form in which requests are checked against them.
 * Kept by subscription: a request costs nothing while there are none, and compiling happens once a change.
 */
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { compareBytes } from '#api/meta/go-quote.ts'

export class LiveConfigurations<S extends ApiObject, C> implements Disposable {
  readonly #byName = new Map<string, C>()
  readonly #subscription: Disposable
  #ordered: readonly C[] = []
  #isOrdered = true
  /** Counts changes, so that what was derived from {@link all} can be told to be old. */
  version = 0

  constructor(objects: Objects, type: ResourceType<S>, compile: (source: S) => C) {
    this.#subscription = objects.subscribe(type, (source, change) => {
      if (change === 'DELETED') this.#byName.delete(source.metadata.name)
      else this.#byName.set(source.metadata.name, compile(source))
      this.#changed()
    })
    for (const source of objects.list(type)) this.#byName.set(source.metadata.name, compile(source))
    this.#changed()
  }

  get isEmpty(): boolean {
    return this.#byName.size === 0
  }

  get(name: string): C | undefined {
    return this.#byName.get(name)
  }

  /** In the order of their names; the same array as long as nothing changes. */
  get all(): readonly C[] {
    if (!this.#isOrdered) {
      const names = [...this.#byName.keys()].sort(compareBytes)
      this.#ordered = names.flatMap((name) => this.#byName.get(name) ?? [])
      this.#isOrdered = true
    }
    return this.#ordered
  }

  #changed(): void {
    this.#isOrdered = false
    this.version += 1
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]()
  }
}
