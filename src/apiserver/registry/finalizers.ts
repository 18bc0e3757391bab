/**
 * What keeps an object alive after its deletion was asked for.
 * Upstream: staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go.
 */
import type { DeleteOptions } from '#api/meta/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Resource } from '#resources/resource.ts'

const orphan = 'orphan'
const foreground = 'foregroundDeletion'

/** Finalizers of the metadata, and of the spec where a kind has them there. */
export function holders(row: Resource, object: ApiObject): readonly string[] {
  return [...(object.metadata.finalizers ?? []), ...(row.extraFinalizers?.(object) ?? [])]
}

/**
 * The object's finalizers with those of the garbage collector as the options demand: the explicit
 * policy, else what the object already says, else the kind's default.
 */
export function finalizersForDeletion(
  row: Resource,
  object: ApiObject,
  options: Partial<DeleteOptions>,
): readonly string[] {
  const present = withOwn(row, object)
  const others = present.filter((name) => name !== orphan && name !== foreground)
  const policy = policyOf(options) ?? policyOfFinalizers(present) ?? row.defaultPropagation
  if (policy === 'Orphan') return [...others, orphan]
  if (policy === 'Foreground') return [...others, foreground]
  return others
}

/** With the one that the server itself adds when deletion begins. */
function withOwn({ deletionFinalizer: own }: Resource, { metadata }: ApiObject): readonly string[] {
  const present = metadata.finalizers ?? []
  if (own === undefined || metadata.deletionTimestamp !== undefined) return present
  return present.includes(own) ? present : [...present, own]
}

type Policy = 'Orphan' | 'Background' | 'Foreground'

function policyOf({ orphanDependents, propagationPolicy }: Partial<DeleteOptions>) {
  if (orphanDependents !== undefined) return orphanDependents ? 'Orphan' : 'Background'
  return propagationPolicy as Policy | undefined
}

function policyOfFinalizers(finalizers: readonly string[]): Policy | undefined {
  const found = finalizers.find((name) => name === orphan || name === foreground)
  if (found === undefined) return undefined
  return found === orphan ? 'Orphan' : 'Foreground'
}
