import type { LabelSelector } from '#api/meta/v1.gen.ts'
import { labelSelectorMatcher } from '#api/meta/labels.ts'
import { controllerOf } from '#api/meta/owners.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { objectKey } from '#client/object-store.ts'

/** Keys of the owners in the object's namespace that would adopt it: it has no controller yet. */
export function wakeAdopters(
  object: ApiObject,
  owners: ReadonlyStore<ApiObject & { readonly spec?: { readonly selector?: LabelSelector } }>,
): readonly string[] {
  if (controllerOf(object) !== undefined) return []
  const { namespace = '', labels, deletionTimestamp } = object.metadata
  if (deletionTimestamp !== undefined || labels === undefined) return []
  return owners
    .inNamespace(namespace)
    .filter(({ spec }) => labelSelectorMatcher(spec?.selector).matches(labels))
    .map(objectKey)
}
