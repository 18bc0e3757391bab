/** Which objects of a resource a list or a watch is about: namespace, name, labels and fields. */
import {
  FieldSelectorError,
  parseFieldSelector,
  unknownFieldMessage,
  unknownMetadataFieldMessage,
  type FieldSelectorMatcher,
} from '#api/meta/fields.ts'
import {
  LabelSelectorError,
  parseLabelSelector,
  type LabelSelectorMatcher,
} from '#api/meta/labels.ts'
import { badRequest } from '#api/meta/status.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Resource } from '#resources/resource.ts'
import type { Cached } from './cached.ts'
import type { View } from './view.ts'

/** A field of which the selection wants one value. */
export interface Trigger {
  /** Equal for equal fields. */
  readonly id: string
  readonly value: string
  /** Of the object as the store holds it. */
  readonly read: (cached: Cached) => string
}

export interface Selection {
  /** Equal for equal selections of one view. */
  readonly id: string
  /** Undefined: all namespaces. */
  readonly namespace: string | undefined
  /** The one name that is wanted. */
  readonly name: string | undefined
  /** Neither labels nor fields (beside the name) narrow it. */
  readonly isPlain: boolean
  /** Every object of the resource. */
  readonly isEverything: boolean
  readonly trigger: Trigger | undefined
  /** Of an object as the view shows it. */
  readonly matches: (cached: Cached) => boolean
}

export interface SelectionRequest {
  /** '' for all, and for cluster-scoped kinds. */
  readonly namespace: string
  readonly name?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

/** Throws StatusError BadRequest for selectors that cannot be read. */
export function selectionOf(view: View, request: SelectionRequest): Selection {
  const { row } = view
  const labels = parsed(() => parseLabelSelector(request.labelSelector ?? ''))
  const fields = parsed(() => parseFieldSelector(request.fieldSelector ?? ''))
  for (const { field } of fields.requirements) assertSelectable(row, field)
  const namespace = row.namespaced && request.namespace !== '' ? request.namespace : undefined
  const name = request.name ?? equality(fields, 'metadata.name')
  const hasOnlyName = fields.requirements.every(
    ({ field, operator, value }) => field === 'metadata.name' && operator === '=' && value === name,
  )
  const isPlain = labels.empty && hasOnlyName
  const prefix = namespace === undefined ? '' : `${namespace}/`
  return {
    id: JSON.stringify([namespace ?? '', name ?? '', labels.toString(), fields.toString()]),
    namespace,
    name,
    isPlain,
    isEverything: isPlain && name === undefined && namespace === undefined,
    trigger: triggerOf({ view, namespace, name, fields }),
    matches: (cached) => {
      if (!cached.key.startsWith(prefix)) return false
      if (name !== undefined && nameOf(cached.key) !== name) return false
      return isPlain || matchesSelectors(row, cached.object, labels, fields)
    },
  }
}

/** What a selectable field of an object says; '' when it is not set. */
export function fieldValue(row: Resource, object: ApiObject, field: string): string {
  if (field === 'metadata.name') return object.metadata.name
  if (field === 'metadata.namespace') return object.metadata.namespace ?? ''
  return row.selectableFields?.[field]?.(object) ?? ''
}

function matchesSelectors(
  row: Resource,
  object: ApiObject,
  labels: LabelSelectorMatcher,
  fields: FieldSelectorMatcher,
): boolean {
  return (
    labels.matches(object.metadata.labels) &&
    fields.matches((field) => fieldValue(row, object, field))
  )
}

/** The narrowest of what the selection wants one value of. */
function triggerOf(parts: {
  view: View
  namespace: string | undefined
  name: string | undefined
  fields: FieldSelectorMatcher
}): Trigger | undefined {
  const { view, namespace, name, fields } = parts
  const { row } = view
  if (name !== undefined) return { id: 'name', value: name, read: ({ key }) => nameOf(key) }
  const exact = fields.requirements.find(({ operator }) => operator === '=')
  // What a field says is known only once the object is converted.
  if (exact !== undefined && view.ready === undefined) {
    return {
      id: `${row.group}/${row.version} ${exact.field}`,
      value: exact.value,
      read: (cached) => fieldValue(row, view.object(cached).object, exact.field),
    }
  }
  if (namespace === undefined) return undefined
  return { id: 'namespace', value: namespace, read: ({ key }) => key.slice(0, key.indexOf('/')) }
}

function equality(fields: FieldSelectorMatcher, wanted: string): string | undefined {
  return fields.requirements.find(({ field, operator }) => field === wanted && operator === '=')
    ?.value
}

function nameOf(key: string): string {
  return key.slice(key.indexOf('/') + 1)
}

function assertSelectable(row: Resource, field: string): void {
  if (field === 'metadata.name' || (row.namespaced && field === 'metadata.namespace')) return
  if (row.selectableFields?.[field] !== undefined) return
  if (row.selectableFields !== undefined) throw badRequest(unknownFieldMessage(field))
  if (field !== 'metadata.namespace') throw badRequest(unknownMetadataFieldMessage(field))
}

function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof LabelSelectorError || error instanceof FieldSelectorError) {
      throw badRequest(error.message)
    }
    throw error
  }
}
