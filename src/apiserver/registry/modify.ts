/**
 * What update, patch, scale and the status subresource have in common: read, change, write, and again
 * when another writer came between.
 * Upstream: staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go, Update, and
 * pkg/registry/rest/update.go, BeforeUpdate.
 */
import { invalidValue, type FieldError } from '#api/meta/field-error.ts'
import { conflict, invalid, modified, notFound } from '#api/meta/status.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Cached } from '#apiserver/watch-cache/cached.ts'
import type { WriteContext } from '#resources/resource.ts'
import { equalJson } from '#apiserver/watch-cache/json.ts'
import { admissionRequest, judge, mutate, settle } from './admit.ts'
import { allocate, endingOf, release, settleAllocation, type Ending } from './allocation.ts'
import { create } from './create.ts'
import { findCurrent, groupResource, type Engine } from './engine.ts'
import { holders } from './finalizers.ts'
import { limits } from './limits.ts'
import { ownFields } from './managed-fields.ts'
import {
  dedupeOwners,
  ensureKind,
  ensureName,
  ensureNamespace,
  keepSystemFields,
} from './metadata.ts'
import type { Call } from './registry.ts'
import { validateMetadataUpdate } from './validate-metadata.ts'
import { groupKind, removeStored, storeNext, unwritten, toServed } from './write.ts'

export interface Change {
  readonly name: string
  /**
   * The object carries the resourceVersion of what it was made of; only another one means that the
   * writer insists on it. False: any does.
   */
  readonly isPatch: boolean
  /** A new object made of what is there, which it must not touch; called again after a lost race. */
  next(prior: ApiObject): Promise<ApiObject> | ApiObject
  /** The object brings its managedFields: server-side apply knows who owns what. */
  readonly ownsFields?: boolean
  /** What to create when nothing is there; absent: NotFound. */
  readonly absent?: () => Promise<ApiObject> | ApiObject
}

export interface Changed {
  readonly object: Cached
  readonly created: boolean
}

/** Throws NotFound, Conflict, Invalid and whatever admission says. */
export async function modify(engine: Engine, call: Call, change: Change): Promise<Changed> {
  const { resource: row } = call
  if (row.load !== undefined) await row.load()
  for (let attempt = 1; ; attempt++) {
    const stored = await findCurrent(engine, call, change.name)
    if (stored === undefined)
      return { object: await createAbsent(engine, call, change), created: true }
    const served = toServed(engine, row, stored)
    const prior = served instanceof Promise ? await served : served
    const next = await change.next(prior.object)
    const isConditional = checkVersion(call, { change, next, prior })
    const object = await tryWrite(engine, call, { change, next, prior })
    if (object !== undefined) return { object, created: false }
    if (isConditional || attempt === limits.conflictRetriesMax) {
      throw conflict(groupResource(row), change.name, modified)
    }
  }
}

async function createAbsent(engine: Engine, call: Call, change: Change): Promise<Cached> {
  if (change.absent === undefined) throw notFound(groupResource(call.resource), change.name)
  await call.authorizeCreate?.()
  const object = await change.absent()
  ensureName(object, change.name)
  object.metadata.resourceVersion = ''
  return create(engine, call, object, { ownsFields: change.ownsFields ?? false })
}

/**
 * Whether the writer insists on a version. Throws Conflict when it is not the newest, or when the object
 * is another one than the writer thinks.
 */
function checkVersion(call: Call, { change, next, prior }: Attempt): boolean {
  const { resource: row } = call
  const { name, uid } = prior.object.metadata
  const asked = next.metadata.resourceVersion ?? ''
  if (asked === '' && row.allowUnconditionalUpdate !== true) {
    const error = invalidValue('metadata.resourceVersion', '', 'must be specified for an update')
    throw invalid(groupKind(row), name, [error])
  }
  const askedUid = next.metadata.uid ?? ''
  if (askedUid !== '' && askedUid !== uid) {
    const key = `/${row.storageKey}/${prior.key}`
    throw conflict(
      groupResource(row),
      name,
      `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${askedUid}, UID in object meta: ${uid}`,
    )
  }
  if (asked !== '' && asked !== prior.resourceVersion) {
    throw conflict(groupResource(row), name, modified)
  }
  next.metadata.resourceVersion = prior.resourceVersion
  return asked !== '' && !change.isPatch
}

interface Attempt {
  readonly change: Change
  readonly next: ApiObject
  readonly prior: Cached
}

/** Undefined: another writer was faster. */
async function tryWrite(engine: Engine, call: Call, attempt: Attempt): Promise<Cached | undefined> {
  const { next, prior, change } = attempt
  ensureKind(call, next)
  ensureName(next, change.name)
  ensureNamespace(call, next)
  dedupeOwners(call, next)
  call.resource.default?.(next)
  const admission = admissionRequest(call, {
    operation: 'UPDATE',
    name: change.name,
    object: next,
    prior: prior.object,
  })
  await mutate(engine, admission)
  dedupeOwners(call, next)
  keepSystemFields(next, prior.object)
  const allocation = await allocate(engine, call, { next, prior: prior.object })
  let ending: Ending = 'not written'
  try {
    prepareAndValidate(engine, call, { next, prior: prior.object })
    await judge(engine, admission)
    if (change.ownsFields !== true) {
      ownFields(call, { next, prior: prior.object, nowMs: engine.clock.nowMs() })
    }
    if (!call.dryRun) await allocation.claim(next)
    const object = await store(engine, call, { next, prior })
    if (object !== undefined && !call.dryRun) ending = 'written'
    return object
  } catch (error) {
    ending = endingOf(error)
    throw error
  } finally {
    await settleAllocation(engine, allocation, ending)
    settle(engine, admission)
  }
}

interface Pair {
  readonly next: ApiObject
  readonly prior: ApiObject
}

function prepareAndValidate(engine: Engine, call: Call, { next, prior }: Pair): void {
  const { resource: row } = call
  const { user, dryRun } = call
  const context = { nowMs: engine.clock.nowMs(), user, dryRun }
  const errors = validateMetadataUpdate(next.metadata, prior.metadata)
  errors.push(...applyStrategy(call, { next, prior }, context))
  if (errors.length > 0) throw invalid(groupKind(row), next.metadata.name, errors)
  for (const text of row.warnings?.(next, prior) ?? []) call.warn(text)
}

/** Prepares and validates as the object or the subresource demands. */
function applyStrategy(
  call: Call,
  { next, prior }: Pair,
  context: WriteContext,
): readonly FieldError[] {
  const { resource: row, subresource } = call
  const own = row.subresourceUpdates?.[subresource]
  if (own !== undefined) {
    own.prepareForUpdate(next, prior, context)
    return own.validateUpdate(next, prior)
  }
  if (subresource === 'status') {
    row.prepareForStatusUpdate?.(next, prior, context)
    return row.validateStatusUpdate?.(next, prior) ?? []
  }
  row.prepareForUpdate?.(next, prior, context)
  return row.validateUpdate?.(next, prior) ?? []
}

async function store(
  engine: Engine,
  call: Call,
  { next, prior }: Omit<Attempt, 'change'>,
): Promise<Cached | undefined> {
  if (isReleased(call, next)) return remove(engine, call, { next, prior })
  if (equalJson(next, prior.object)) return prior
  if (call.dryRun) return unwritten(call.resource, next)
  return storeNext(engine, call, { object: next, expected: prior.revision })
}

/**
 * Whether the last holder of a dying object has let go.
 * Upstream: registry/generic/registry/store.go, ShouldDeleteDuringUpdate.
 */
function isReleased({ resource: row }: Call, next: ApiObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = next.metadata
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds > 0) return false
  return holders(row, next).length === 0
}

async function remove(
  engine: Engine,
  call: Call,
  { next, prior }: Omit<Attempt, 'change'>,
): Promise<Cached | undefined> {
  if (!call.dryRun) {
    if (!(await removeStored(engine, call, prior))) return undefined
    await release(engine, call, prior.object)
  }
  return unwritten(call.resource, next)
}
