/** Which webhooks a request concerns. */
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import { ConcernIndex, type Concerned } from '#apiserver/admission/matching/concern-index.ts'
import { LiveConfigurations } from '#apiserver/admission/matching/live-configurations.ts'
import { selects } from '#apiserver/admission/matching/selectors.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { compileHooks, type Hook } from './compile-hooks.ts'

export type ConcernedHook = Concerned<Hook>

export class Hooks implements Disposable {
  readonly #objects: Objects
  readonly #live: LiveConfigurations<ApiObject, readonly Hook[]>
  readonly #index: ConcernIndex<Hook>
  #flat: { readonly items: readonly Hook[]; readonly version: number } = { items: [], version: -1 }

  constructor(objects: Objects, type: ResourceType<ApiObject>, how: Hook['type']) {
    this.#objects = objects
    this.#live = new LiveConfigurations(objects, type, (source) => compileHooks(source, how))
    this.#index = new ConcernIndex(
      () => objects,
      () => this.#all(),
    )
  }

  /** In order. What selectors say depends on the object as it is now, see {@link isSelected}. */
  of(request: AdmissionRequest): readonly ConcernedHook[] {
    return this.#live.isEmpty ? [] : this.#index.of(request)
  }

  isSelected({ item }: ConcernedHook, request: AdmissionRequest): boolean {
    return selects(item.selectors, request, this.#objects)
  }

  #all(): { readonly items: readonly Hook[]; readonly version: number } {
    const { version } = this.#live
    if (this.#flat.version !== version) this.#flat = { items: this.#live.all.flat(), version }
    return this.#flat
  }

  [Symbol.dispose](): void {
    this.#live[Symbol.dispose]()
  }
}
