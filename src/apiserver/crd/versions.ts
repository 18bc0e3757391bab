/**
 * The versions of one kind: how what is stored is shown in each of them, and stored from each of them.
 * What is read is pruned and defaulted anew, because schemas may have changed since it was stored.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/customresource_handler.go and
 * …/apiserver/conversion, v1.36.
 */
import { equalJson } from '#api/patch/patch-error.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { cloneJson } from '#apiserver/watch-cache/json.ts'
import type { Conversion } from '#resources/resource.ts'
import type { SchemaType } from './schema-type.ts'

export interface Version {
  readonly apiVersion: string
  readonly type: SchemaType
}

/** Answers with the objects in the version that is wanted, in the same order. */
export type Convert = (
  objects: readonly ApiObject[],
  apiVersion: string,
) => Promise<readonly ApiObject[]>

/** With the strategy None only the version's name changes. */
export function plainConversion(shown: Version, stored: Version): Conversion {
  /** Objects that this version wrote: they are as they should be. */
  const written = new WeakSet<ApiObject>()
  return {
    fromStored: (object) => (written.has(object) ? object : normalized(object, shown)),
    toStored(object) {
      if (shown.apiVersion !== stored.apiVersion) {
        return storable({ ...cloneJson(object), apiVersion: stored.apiVersion }, stored)
      }
      written.add(object)
      return object
    },
  }
}

/** With the strategy Webhook somebody else knows how versions differ. */
export function remoteConversion(shown: Version, stored: Version, convert: Convert): Conversion {
  return {
    fromStored: (object) => object,
    toStored: (object) => object,
    remote: {
      async fromStored(objects) {
        const others = objects.filter(({ apiVersion }) => apiVersion !== shown.apiVersion)
        const converted = others.length === 0 ? [] : await convert(others, shown.apiVersion)
        const found = new Map(others.map((object, index) => [object, converted[index]]))
        return objects.map((object) => normalized(found.get(object) ?? object, shown))
      },
      async toStored(object) {
        if (shown.apiVersion === stored.apiVersion) return object
        const [converted] = await convert([object], stored.apiVersion)
        return storable(converted ?? object, stored)
      },
    },
  }
}

function storable(object: ApiObject, { type }: Version): ApiObject {
  type.decode(object)
  return object
}

/** The object itself when nothing is to be changed. */
function normalized(object: ApiObject, { apiVersion, type }: Version): ApiObject {
  const copy = { ...cloneJson(object), apiVersion }
  type.decode(copy)
  type.default(copy)
  copy.metadata.generation ??= 1
  return equalJson(copy, object) ? object : copy
}
