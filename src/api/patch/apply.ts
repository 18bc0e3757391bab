/**
 * Server-side apply: an object, the configuration that a manager wants in it, and who manages which
 * fields give the object after the apply, or the conflicts.
 * Upstream: structured-merge-diff merge/update.go; apimachinery pkg/util/managedfields/internal:
 * structuredmerge.go, skipnonapplied.go, lastappliedmanager.go, conflict.go.
 */
import { applyConflict, badRequest, StatusError } from '#api/meta/status.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import type { StatusCause } from '#api/meta/v1.gen.ts'
import type { StructType } from '#api/schema.ts'
import { timestamp } from '#base/clock.ts'
import {
  differenceOfFieldSets,
  emptyFieldSet,
  equalFieldSets,
  formatFieldPath,
  intersectFieldSets,
  isEmptyFieldSet,
  membersOf,
  recursiveDifference,
  unionFieldSets,
  withNamedFields,
  type FieldSet,
} from './field-set.ts'
import { lastAppliedFields, withLastApplied } from './last-applied.ts'
import {
  conflictsWith,
  isSameManager,
  readEntry,
  strip,
  trimmedName,
  withoutChanged,
  withoutManaged,
  writable,
  writeManaged,
  type Managed,
  type Manager,
} from './managed-fields.ts'
import { mergeFields, removeFields } from './merge-fields.ts'
import { equalJson, type Json } from './patch-error.ts'
import { compareFields, fieldsOf } from './typed-fields.ts'
import { typeProblems } from './typed-validation.ts'

export interface Apply {
  /** Undefined for kinds without a schema. */
  readonly type: StructType | undefined
  /** What is stored; undefined when the apply creates the object. */
  readonly live: Json | undefined
  /** As the client sent it: parsed, not decoded. */
  readonly config: Json
  /** Its operation is Apply. */
  readonly manager: Manager
  /** Take fields from other managers instead of failing. */
  readonly force: boolean
  readonly nowMs: number
  /** Fields that this request cannot write. */
  readonly ignored?: FieldSet
}

/**
 * The object after the apply, with its managedFields; not yet decoded or defaulted. Throws StatusError:
 * Conflict with a cause for each field, or what is wrong with the configuration.
 */
export function applyConfiguration(apply: Apply): Json {
  checkConfiguration(apply)
  const live = withoutManaged(apply.live) ?? {}
  const manager = { ...apply.manager, name: trimmedName(apply.manager.name) }
  const entries = managersOf(apply, live)
  const own = entries.find((entry) => isSameManager(entry, manager))
  const applied = fieldsOf(apply.type, apply.config)
  const allowed = recursiveDifference(applied, apply.ignored ?? emptyFieldSet)
  const next: Managed = { ...manager, fields: allowed, time: timestamp(apply.nowMs) }
  const others = entries.filter((entry) => entry !== own)
  const merged = prune(apply.type, {
    merged: mergeFields(apply.type, live, apply.config),
    last: own?.fields ?? emptyFieldSet,
    managed: [...others, next],
  })
  const comparison = writable(
    compareFields(apply.type, apply.live === undefined ? undefined : live, merged),
    apply.ignored,
  )
  if (!apply.force) refuseConflicts(apply, live, conflictsOf(others, comparison))
  const isSame = equalJson(live, merged)
  const kept = others.map((entry) => withoutChanged(entry, comparison))
  const unchanged = isSame && own !== undefined && equalFieldSets(own.fields, strip(allowed))
  const entry = { ...next, fields: strip(allowed), ...(unchanged && { time: own.time }) }
  const managed = [...kept, entry].filter(({ fields }) => !isEmptyFieldSet(fields))
  const object = isSame ? live : merged
  const noted = manager.name === 'kubectl' ? withLastApplied(object, apply.config) : object
  return withManaged(noted, writeManaged(managed))
}

function withManaged(object: Json, managedFields: unknown): Json {
  const metadata = object['metadata'] as Json | undefined
  return {
    ...object,
    metadata: { ...metadata, ...(managedFields !== undefined && { managedFields }) },
  }
}

/** Throws StatusError when the configuration is not of the type, or says who manages it. */
export function checkConfiguration({ type, config }: Pick<Apply, 'type' | 'config'>): void {
  const metadata = config['metadata'] as Json | undefined
  if (metadata?.['managedFields'] !== undefined && metadata['managedFields'] !== null) {
    throw badRequest('metadata.managedFields must be nil')
  }
  const problems = typeProblems(type, config)
  if (problems.length === 0) return
  const [first] = problems
  const text =
    problems.length === 1
      ? first
      : `errors:\n${problems.map((problem) => `  ${problem}`).join('\n')}`
  const message = `failed to create typed patch object (${identify(config)}): ${text}`
  throw new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {} as StatusError['status']['metadata'],
    status: 'Failure',
    message,
    code: 500,
  })
}

/** `default/web; apps/v1, Kind=Deployment` */
function identify(config: Json): string {
  const { name = '', namespace = '' } = (config['metadata'] ?? {}) as Record<string, string>
  return `${namespace}/${name}; ${String(config['apiVersion'] as string)}, Kind=${String(config['kind'] as string)}`
}

/** Who manages what before the apply. An object that nobody manages gets a manager for all it has. */
function managersOf(apply: Apply, live: Json): readonly Managed[] {
  const metadata = apply.live?.['metadata'] as { managedFields?: [] } | undefined
  const entries = (metadata?.managedFields ?? []).map(readEntry)
  if (entries.length > 0 || apply.live === undefined) return entries
  const fields = strip(compareFields(apply.type, undefined, live).changed)
  const { apiVersion } = apply.manager
  const first: Managed = {
    name: 'before-first-apply',
    operation: 'Update',
    apiVersion,
    subresource: '',
    fields: recursiveDifference(fields, apply.ignored ?? emptyFieldSet),
    time: timestamp(apply.nowMs),
  }
  return isEmptyFieldSet(first.fields) ? [] : [first]
}

interface Pruning {
  readonly merged: Json
  /** What the manager applied before. */
  readonly last: FieldSet
  /** Everybody's fields, with the manager's new ones. */
  readonly managed: readonly Managed[]
}

/** Takes out what the manager applied before, does not apply now, and nobody else manages. */
function prune(type: StructType | undefined, { merged, last, managed }: Pruning): Json {
  if (isEmptyFieldSet(last)) return merged
  const named = withNamedFields(last)
  const before = withNamedFields(fieldsOf(type, merged))
  const owned = withNamedFields(
    managed.map(({ fields }) => fields).reduce(unionFieldSets, emptyFieldSet),
  )
  const removed = removeFields(type, merged, named)
  const remaining = withNamedFields(fieldsOf(type, removed))
  const gone = differenceOfFieldSets(before, unionFieldSets(remaining, owned))
  const owners = removeFields(type, merged, gone)
  const left = withNamedFields(fieldsOf(type, owners))
  const dangling = intersectFieldSets(differenceOfFieldSets(before, left), named)
  return removeFields(type, merged, dangling)
}

interface Conflict {
  readonly manager: Managed
  readonly path: string
  readonly fields: FieldSet
}

function conflictsOf(
  others: readonly Managed[],
  comparison: ReturnType<typeof compareFields>,
): readonly Conflict[] {
  return others.flatMap((manager) => {
    const fields = conflictsWith(manager, comparison)
    return membersOf(fields).map((path) => ({ manager, path: formatFieldPath(path), fields }))
  })
}

/** kubectl may take what its client-side apply wrote down as its own. */
function refuseConflicts(apply: Apply, live: Json, conflicts: readonly Conflict[]): void {
  if (conflicts.length === 0) return
  const allowed =
    apply.manager.name === 'kubectl' ? lastAppliedFields(apply.type, live) : emptyFieldSet
  const pathsAllowed = new Set(membersOf(allowed).map(formatFieldPath))
  const refused = conflicts.filter(({ path }) => !pathsAllowed.has(path))
  if (refused.length > 0) throw applyConflict(refused.map(causeOf), conflictMessage(refused))
}

function causeOf({ manager, path }: Conflict): StatusCause {
  return {
    reason: 'FieldManagerConflict',
    message: `conflict with ${printManager(manager)}`,
    field: path,
  }
}

function conflictMessage(conflicts: readonly Conflict[]): string {
  const [first] = conflicts
  if (conflicts.length === 1 && first !== undefined) {
    return `Apply failed with 1 conflict: conflict with ${printManager(first.manager)}: ${first.path}`
  }
  const groups = Map.groupBy(conflicts, ({ manager }) => printManager(manager))
  const lines = [...groups.keys()].sort().map((manager) => {
    const paths = (groups.get(manager) ?? []).map(({ path }) => `- ${path}`)
    return `conflicts with ${manager}:\n${paths.join('\n')}`
  })
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`
}

function printManager({ name, operation, apiVersion, subresource }: Manager): string {
  const where = subresource === '' ? '' : ` with subresource ${goQuote(subresource)}`
  const using = operation === 'Update' ? ` using ${apiVersion}` : ''
  return `${goQuote(name)}${where}${using}`
}
