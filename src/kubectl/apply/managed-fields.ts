/**
 * Managed fields of an object that client-side apply wrote, handed over to server-side apply.
 * Upstream: client-go util/csaupgrade/upgrade.go.
 */
import type { ManagedFieldsEntry } from '#api/meta/v1.gen.ts'
import { unionFieldSets } from '#api/patch/field-set.ts'
import type { FieldSet } from '#api/patch/field-set.ts'
import { equalJson } from '#api/patch/patch-error.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { lastAppliedAnnotation } from '#kubectl/objects/last-applied.ts'

type Operation = 'Apply' | 'Update'

export function managedFieldsOf({ metadata }: KubeObject): readonly ManagedFieldsEntry[] {
  return (metadata?.['managedFields'] ?? []) as readonly ManagedFieldsEntry[]
}

/** Who keeps the configuration that was applied last. */
export function ownersOfLastApplied(
  entries: readonly ManagedFieldsEntry[],
  operation: Operation,
): readonly string[] {
  const owners = entries.filter(
    (entry) => entry.operation === operation && ownsLastApplied(fieldsOf(entry)),
  )
  return [...new Set(owners.map(({ manager = '' }) => manager))]
}

function ownsLastApplied(fields: FieldSet): boolean {
  const path = ['f:metadata', 'f:annotations', `f:${lastAppliedAnnotation}`]
  let at: FieldSet | undefined = fields
  for (const element of path) at = at?.[element]
  return at !== undefined
}

/** Undefined: there is nothing to hand over. */
export function handedOver(
  entries: readonly ManagedFieldsEntry[],
  from: readonly string[],
  to: string,
): readonly ManagedFieldsEntry[] | undefined {
  const isOld = (entry: ManagedFieldsEntry): boolean =>
    isOf(entry, 'Update') && from.includes(entry.manager ?? '')
  const taker =
    entries.find((entry) => isOf(entry, 'Apply') && entry.manager === to) ?? entries.find(isOld)
  if (taker === undefined) return undefined
  const givers = from.flatMap(
    (manager) =>
      entries.find(
        (entry) =>
          isOld(entry) && entry.manager === manager && entry.apiVersion === taker.apiVersion,
      ) ?? [],
  )
  const fieldsV1 = [taker, ...givers].map(fieldsOf).reduce(unionFieldSets)
  const taken = { ...taker, manager: to, operation: 'Apply', fieldsV1: { ...fieldsV1 } }
  const result = entries
    .map((entry) => (entry === taker ? taken : entry))
    .filter((entry) => !isOld(entry))
  return equalJson(result, entries) ? undefined : result
}

function isOf({ operation, subresource = '' }: ManagedFieldsEntry, wanted: Operation): boolean {
  return operation === wanted && subresource === ''
}

function fieldsOf({ fieldsV1 }: ManagedFieldsEntry): FieldSet {
  return (fieldsV1 ?? {}) as FieldSet
}
