/** Upstream: staging/src/k8s.io/apiserver/pkg/audit/request.go, removeManagedFields, v1.36. */

/** Takes managedFields out of an object, or out of the items of a list; changes what it is given. */
export function withoutManagedFields(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { metadata, items } = value as { metadata?: unknown; items?: unknown }
  if (typeof metadata === 'object' && metadata !== null && 'managedFields' in metadata) {
    delete metadata.managedFields
  }
  if (Array.isArray(items)) items.forEach(withoutManagedFields)
  return value
}
