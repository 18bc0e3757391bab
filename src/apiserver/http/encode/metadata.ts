/** PartialObjectMetadata: an object of which only the metadata is sent. Each is encoded once. */
import type { CachedObject } from '#apiserver/registry/registry.ts'

export type MetaVersion = 'v1' | 'v1beta1'

export class PartialMetadata {
  readonly #known = new WeakMap<CachedObject, string>()

  /** `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{…}}` */
  of(cached: CachedObject, version: MetaVersion): string {
    let metadata = this.#known.get(cached)
    if (metadata === undefined) {
      metadata = JSON.stringify(cached.object.metadata)
      this.#known.set(cached, metadata)
    }
    return `{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/${version}","metadata":${metadata}}`
  }
}
