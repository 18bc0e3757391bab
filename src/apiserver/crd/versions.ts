/**
 * The versions of one kind: how what is stored is shown in each of them, and stored from each of them.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/customresource_handler.go and
 * …/apiserver/conversion, v1.36.
 */
import { equalJson } from '#api/patch/patch-error.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { cloneJson } from '#apiserver/watch-cache/json.ts'
import type { Resource } from '#resources/resource.ts'
import type { SchemaType } from './schema-type.ts'

export interface Version {
  readonly apiVersion: string
  readonly type: SchemaType
}

type Conversion = NonNullable<Resource['conversion']>

/**
 * With the strategy None only the version's name changes. Schemas may have changed since an object was
 * stored, so what is read is pruned and defaulted anew; an object that this leaves alone stays the same.
 */
export function plainConversion(shown: Version, stored: Version): Conversion {
  /** Objects that this version wrote: they are as they should be. */
  const written = new WeakSet<ApiObject>()
  return {
    fromStored(object) {
      if (written.has(object)) return object
      const copy = { ...cloneJson(object), apiVersion: shown.apiVersion }
      normalize(copy, shown.type)
      return equalJson(copy, object) ? object : copy
    },
    toStored(object) {
      if (shown === stored) {
        written.add(object)
        return object
      }
      const copy = { ...cloneJson(object), apiVersion: stored.apiVersion }
      stored.type.decode(copy)
      return copy
    },
  }
}

function normalize(object: ApiObject, type: SchemaType): void {
  type.decode(object)
  type.default(object)
  object.metadata.generation ??= 1
}
