/**
 * The life of a create: default, admit, name, allocate, prepare, validate, store.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/create.go and
 * pkg/registry/generic/registry/store.go, Create.
 */
import {
  alreadyExists,
  generateNameConflict,
  invalid,
  StatusError,
  type GroupResource,
} from '#api/meta/status.ts'
import { generateName } from '#api/meta/names.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Cached } from '#apiserver/watch-cache/cached.ts'
import { admissionRequest, judge, mutate, settle } from './admit.ts'
import { allocate, endingOf, settleAllocation, type Ending } from './allocation.ts'
import { groupResource, objectKey, resourceCache, type Engine } from './engine.ts'
import { limits } from './limits.ts'
import { ownFields } from './managed-fields.ts'
import { dedupeOwners, ensureKind, ensureNamespace, fillSystemFields } from './metadata.ts'
import type { Call } from './registry.ts'
import { validateMetadata } from './validate-metadata.ts'
import { groupKind, storeNew, unwritten } from './write.ts'

export interface CreateOptions {
  /** The object brings its managedFields. */
  readonly ownsFields: boolean
}

/** The object is the registry's from now on. */
export async function create(
  engine: Engine,
  call: Call,
  object: ApiObject,
  options: CreateOptions = { ownsFields: false },
): Promise<Cached> {
  const { resource: row } = call
  if (row.load !== undefined) await row.load()
  if ((object.metadata.resourceVersion ?? '') !== '') throw versionOnCreate()
  ensureKind(call, object)
  ensureNamespace(call, object)
  dedupeOwners(call, object)
  row.default?.(object)

  const name = object.metadata.name ?? ''
  const admission = admissionRequest(call, { operation: 'CREATE', name, object, prior: undefined })
  await mutate(engine, admission)
  dedupeOwners(call, object)

  fillSystemFields(engine, object)
  const isGenerated = name === '' && (object.metadata.generateName ?? '') !== ''
  if (isGenerated) takeNewName(engine, object)
  const allocation = await allocate(engine, call, { next: object, prior: undefined })
  let ending: Ending = 'not written'
  try {
    prepareAndValidate(engine, call, object)
    await judge(engine, { ...admission, name: object.metadata.name })
    if (!options.ownsFields) {
      ownFields(call, { next: object, prior: undefined, nowMs: engine.clock.nowMs() })
    }
    if (!call.dryRun) await allocation.claim(object)
    const cached = await store(engine, call, { object, isGenerated })
    if (!call.dryRun) ending = 'written'
    return cached
  } catch (error) {
    ending = endingOf(error)
    throw error
  } finally {
    await settleAllocation(engine, allocation, ending)
    settle(engine, admission)
  }
}

function prepareAndValidate(engine: Engine, call: Call, object: ApiObject): void {
  const { resource: row } = call
  const { user, dryRun } = call
  object.metadata.name ??= '' // it will be refused, but rows may look at it
  row.prepareForCreate?.(object, { nowMs: engine.clock.nowMs(), user, dryRun })
  const errors = [...validateMetadata(row, object.metadata), ...(row.validate?.(object) ?? [])]
  if (errors.length > 0) throw invalid(groupKind(row), object.metadata.name ?? '', errors)
  for (const text of row.warnings?.(object) ?? []) call.warn(text)
}

/** A generated name that is taken is replaced a few times. */
async function store(
  engine: Engine,
  call: Call,
  { object, isGenerated }: { readonly object: ApiObject; readonly isGenerated: boolean },
): Promise<Cached> {
  const attempts = isGenerated ? limits.generateNameAttemptsMax : 1
  for (let attempt = 1; ; attempt++) {
    const cached = await tryStore(engine, call, object)
    if (cached !== undefined) return cached
    if (attempt === attempts) throw taken(engine, call, { object, isGenerated })
    takeNewName(engine, object)
  }
}

async function tryStore(
  engine: Engine,
  call: Call,
  object: ApiObject,
): Promise<Cached | undefined> {
  if (!call.dryRun) return storeNew(engine, call, object)
  await engine.cache.current(call.signal)
  return existing(engine, call, object) === undefined ? unwritten(call.resource, object) : undefined
}

function takeNewName(engine: Engine, { metadata }: ApiObject): void {
  metadata.name = generateName(metadata.generateName ?? '', engine.random)
}

function existing(engine: Engine, call: Call, { metadata }: ApiObject): Cached | undefined {
  const key = objectKey(call.resource, call.namespace, metadata.name)
  return resourceCache(engine, call.resource).get(key)
}

function taken(
  engine: Engine,
  call: Call,
  { object, isGenerated }: { readonly object: ApiObject; readonly isGenerated: boolean },
): StatusError {
  const resource: GroupResource = groupResource(call.resource)
  const { name } = object.metadata
  if (isGenerated) return generateNameConflict(resource, name, 1)
  const error = alreadyExists(resource, name)
  const isDying = existing(engine, call, object)?.object.metadata.deletionTimestamp !== undefined
  if (!isDying) return error
  return new StatusError({
    ...error.status,
    message: `object is being deleted: ${error.status.message}`,
  })
}

/** Upstream's storage refuses it with an error that has no reason. */
function versionOnCreate(): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {} as never,
    status: 'Failure',
    message: 'resourceVersion should not be set on objects to be created',
    code: 500,
  })
}
