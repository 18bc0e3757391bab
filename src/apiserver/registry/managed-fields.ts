/**
 * Records who wrote which fields, of what is about to be stored.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/util/managedfields.
 */
import { topFields, updateManagedFields, type Manager } from '#api/patch/managed-fields.ts'
import { emptyFieldSet, type FieldSet } from '#api/patch/field-set.ts'
import type { Json } from '#api/patch/patch-error.ts'
import { apiVersionOf, type ApiObject } from '#api/resource-type.ts'
import { structOf } from './engine.ts'
import type { Call } from './registry.ts'

export interface OwnedWrite {
  readonly next: ApiObject
  /** Undefined on create. */
  readonly prior: ApiObject | undefined
  readonly nowMs: number
}

/** Sets `next.metadata.managedFields`: what changed is the caller's now. */
export function ownFields(call: Call, { next, prior, nowMs }: OwnedWrite): void {
  const entries = updateManagedFields({
    type: structOf(call.resource),
    prior: prior as Json | undefined,
    next: next as unknown as Json,
    manager: managerOf(call, 'Update'),
    nowMs,
    ignored: unwritable(call),
  })
  if (entries === undefined) delete next.metadata.managedFields
  else next.metadata.managedFields = entries
}

/**
 * What a request cannot write, whatever it says.
 * Upstream: GetResetFields of the strategies.
 */
export function unwritable({ resource: row, subresource }: Call): FieldSet {
  if (!row.status) return emptyFieldSet
  if (subresource === '') return statusFields
  if (subresource === 'status') return topFields(row.fixedForStatus ?? ['spec'])
  return emptyFieldSet
}

const statusFields = topFields(['status'])

export function managerOf(call: Call, operation: Manager['operation']): Manager {
  return {
    name: call.fieldManager,
    operation,
    apiVersion: apiVersionOf(call.resource),
    subresource: call.subresource,
  }
}
