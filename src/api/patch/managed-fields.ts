/**
 * Who manages which fields of an object (`metadata.managedFields`), kept up with every write.
 * Upstream: apimachinery pkg/util/managedfields/internal: structuredmerge.go, managedfieldsupdater.go,
 * capmanagers.go, stripmeta.go, managedfields.go; structured-merge-diff merge/update.go.
 */
import type { FieldsV1, ManagedFieldsEntry } from '#api/meta/v1.gen.ts'
import type { StructType } from '#api/schema.ts'
import { timestamp } from '#base/clock.ts'
import {
  differenceOfFieldSets,
  emptyFieldSet,
  intersectFieldSets,
  isEmptyFieldSet,
  recursiveDifference,
  unionFieldSets,
  type FieldSet,
} from './field-set.ts'
import type { Json } from './patch-error.ts'
import { sameFields } from './same-fields.ts'
import { compareFields, type Comparison } from './typed-fields.ts'

/** The writer, as an entry of managedFields names it. */
export interface Manager {
  readonly name: string
  readonly operation: 'Apply' | 'Update'
  readonly apiVersion: string
  /** '' for the object itself. */
  readonly subresource: string
}

export interface ManagedFieldsUpdate {
  /** Undefined for kinds without a schema: custom resources that preserve unknown fields. */
  readonly type: StructType | undefined
  /** What is stored; undefined on create. */
  readonly prior: Json | undefined
  /** What is going to be stored; its managedFields, if any, take the place of the stored ones. */
  readonly next: Json
  readonly manager: Manager
  readonly nowMs: number
  /** Fields that this request cannot write: {@link topFields}. */
  readonly ignored?: FieldSet
}

/** Entries for updates beyond these are merged, the oldest first. */
const updateManagersMax = 10
const managerNameBytesMax = 128
const ancientManager = 'ancient-changes'

/** Fields that belong to the system, not to a manager. */
const stripped: FieldSet = {
  'f:apiVersion': emptyFieldSet,
  'f:kind': emptyFieldSet,
  'f:metadata': {
    '.': emptyFieldSet,
    'f:name': emptyFieldSet,
    'f:namespace': emptyFieldSet,
    'f:creationTimestamp': emptyFieldSet,
    'f:selfLink': emptyFieldSet,
    'f:uid': emptyFieldSet,
    'f:clusterName': emptyFieldSet,
    'f:generation': emptyFieldSet,
    'f:managedFields': emptyFieldSet,
    'f:resourceVersion': emptyFieldSet,
  },
}

/** Fields of the object itself, with all below them. */
export function topFields(names: readonly string[]): FieldSet {
  return Object.fromEntries(names.map((name) => [`f:${name}`, emptyFieldSet]))
}

/** An entry while it is worked with. */
export interface Managed extends Manager {
  readonly fields: FieldSet
  readonly time: string | undefined
}

/**
 * The managedFields that an update leaves: the fields that it changed move to its manager. Undefined
 * when nobody manages anything.
 */
export function updateManagedFields(update: ManagedFieldsUpdate): ManagedFieldsEntry[] | undefined {
  const entries = readManaged(update.prior, update.next)
  if (entries === undefined) return undefined
  const manager = { ...update.manager, name: trimmedName(update.manager.name) }
  const { others, taken } =
    update.prior === undefined && entries.length === 0
      ? { others: [], taken: takenByCreate(update) }
      : takenByUpdate(update, entries)
  const managed = isEmptyFieldSet(taken)
    ? others
    : withFields(others, { ...manager, fields: taken, time: timestamp(update.nowMs) })
  return writeManaged(capped(managed.filter((entry) => !isEmptyFieldSet(entry.fields))))
}

interface Taken {
  /** What is left to other managers. */
  readonly others: readonly Managed[]
  readonly taken: FieldSet
}

function takenByUpdate(update: ManagedFieldsUpdate, entries: readonly Managed[]): Taken {
  const { type, prior, next, ignored } = update
  const compared = compareFields(type, withoutManaged(prior), withoutManaged(next))
  const comparison = writable(compared, ignored)
  return {
    others: entries.map((entry) => withoutChanged(entry, comparison)),
    taken: strip(comparison.changed),
  }
}

interface Creation {
  readonly next: Json
  readonly ignored: FieldSet | undefined
  readonly taken: FieldSet
}

/** The newest object of each type that was created: the next one often sets the same fields. */
const creations = new WeakMap<StructType, Creation>()

function takenByCreate(update: ManagedFieldsUpdate): FieldSet {
  const { type, ignored } = update
  const next = withoutManaged(update.next)
  const known = type && creations.get(type)
  if (known?.ignored === ignored && known !== undefined && sameFields(type, known.next, next)) {
    return known.taken
  }
  const { taken } = takenByUpdate({ ...update, prior: undefined, next }, [])
  if (type !== undefined) creations.set(type, { next, ignored, taken })
  return taken
}

/** A bare object in the stead of managedFields asks to forget them all. */
function isReset(entries: readonly ManagedFieldsEntry[]): boolean {
  return (
    entries.length === 0 || (entries.length === 1 && Object.keys(entries[0] ?? {}).length === 0)
  )
}

/** The entries to go on from; undefined when the request asks to forget them. */
function readManaged(prior: Json | undefined, next: Json): readonly Managed[] | undefined {
  const given = managedFieldsOf(next)
  if (given !== undefined && isReset(given)) return prior === undefined ? [] : undefined
  const entries = given ?? managedFieldsOf(prior) ?? []
  return entries.map(readEntry)
}

function managedFieldsOf(object: Json | undefined): readonly ManagedFieldsEntry[] | undefined {
  return (object?.['metadata'] as { managedFields?: ManagedFieldsEntry[] } | undefined)
    ?.managedFields
}

export function readEntry(entry: ManagedFieldsEntry): Managed {
  return {
    name: entry.manager ?? '',
    operation: entry.operation === 'Apply' ? 'Apply' : 'Update',
    apiVersion: entry.apiVersion ?? '',
    subresource: entry.subresource ?? '',
    fields: (entry.fieldsV1 ?? emptyFieldSet) as FieldSet,
    time: entry.time,
  }
}

/** The object without its managedFields, which are nobody's field. */
export function withoutManaged<T extends Json | undefined>(object: T): T {
  if (managedFieldsOf(object) === undefined) return object
  const { managedFields: _managedFields, ...metadata } = (object as Json)['metadata'] as Json
  return { ...object, metadata }
}

/** Without what the request cannot write. */
export function writable(comparison: Comparison, ignored = emptyFieldSet): Comparison {
  return {
    changed: recursiveDifference(comparison.changed, ignored),
    removed: recursiveDifference(comparison.removed, ignored),
  }
}

/** What others changed or removed is no longer the entry's. */
export function withoutChanged(entry: Managed, { changed, removed }: Comparison): Managed {
  const fields = differenceOfFieldSets(differenceOfFieldSets(entry.fields, changed), removed)
  return fields === entry.fields ? entry : { ...entry, fields }
}

export function strip(fields: FieldSet): FieldSet {
  return differenceOfFieldSets(fields, stripped)
}

/** The entries with these fields added to the manager's own. */
function withFields(entries: readonly Managed[], taken: Managed): readonly Managed[] {
  const at = entries.findIndex((entry) => isSameManager(entry, taken))
  const own = entries[at]
  if (own === undefined) return [...entries, taken]
  return entries.with(at, { ...taken, fields: unionFieldSets(own.fields, taken.fields) })
}

/** An applier keeps its entry when it comes with another version. */
export function isSameManager(a: Manager, b: Manager): boolean {
  return (
    a.name === b.name &&
    a.operation === b.operation &&
    a.subresource === b.subresource &&
    (a.operation === 'Apply' || a.apiVersion === b.apiVersion)
  )
}

export function trimmedName(name: string): string {
  if (name.length <= managerNameBytesMax / 4) return name
  const bytes = new TextEncoder().encode(name)
  if (bytes.length <= managerNameBytesMax) return name
  return new TextDecoder().decode(bytes.subarray(0, managerNameBytesMax)).replace(/\uFFFD+$/, '')
}

/** Merges the oldest updaters into one when there are too many. */
function capped(entries: readonly Managed[]): readonly Managed[] {
  const updaters = entries.filter((entry) => entry.operation === 'Update').sort(byAge)
  const excess = updaters.length - updateManagersMax
  if (excess <= 0) return entries
  const merged: Managed[] = []
  const old = new Set(updaters.slice(0, excess + 1))
  for (const entry of updaters.slice(0, excess + 1)) {
    const at = merged.findIndex((other) => other.apiVersion === entry.apiVersion)
    const into = merged[at]
    if (into === undefined) merged.push({ ...entry, name: ancientManager, subresource: '' })
    else
      merged[at] = { ...into, fields: unionFieldSets(into.fields, entry.fields), time: entry.time }
  }
  return [...entries.filter((entry) => !old.has(entry)), ...merged]
}

function byAge(a: Managed, b: Managed): number {
  return compareText(a.time ?? '', b.time ?? '') || compareText(a.name, b.name)
}

/** In the order in which upstream lists them; undefined when there is none. */
export function writeManaged(entries: readonly Managed[]): ManagedFieldsEntry[] | undefined {
  if (entries.length === 0) return undefined
  return entries.toSorted(byOrder).map((entry) => ({
    ...(entry.name !== '' && { manager: entry.name }),
    operation: entry.operation,
    ...(entry.apiVersion !== '' && { apiVersion: entry.apiVersion }),
    ...(entry.time !== undefined && { time: entry.time }),
    fieldsType: 'FieldsV1',
    fieldsV1: entry.fields as FieldsV1,
    ...(entry.subresource !== '' && { subresource: entry.subresource }),
  }))
}

function byOrder(a: Managed, b: Managed): number {
  return (
    compareText(a.operation, b.operation) ||
    compareText(a.time ?? '', b.time ?? '') ||
    compareText(a.name, b.name) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  )
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1
}

/** The fields of `entry` that the write would take from it. */
export function conflictsWith(entry: Managed, comparison: Comparison): FieldSet {
  return intersectFieldSets(entry.fields, comparison.changed)
}
