import { invalidValue, notSupported, type FieldError } from '#api/meta/field-error.ts'
import { conflict, invalid, modified } from '#api/meta/status.ts'
import type { DeleteOptions } from '#api/meta/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Cached } from '#apiserver/watch-cache/cached.ts'
import { equalJson } from '#apiserver/watch-cache/json.ts'
import { admissionRequest, judge, mutate } from './admit.ts'
import { release } from './allocation.ts'
import { findCurrent, getCurrent, groupResource, type Engine } from './engine.ts'
import { limits } from './limits.ts'
import { planDeletion } from './plan-deletion.ts'
import type { Call, DeleteOutcome } from './registry.ts'
import { removeStored, storeNext, toServed, unwritten } from './write.ts'

/** Throws NotFound, Conflict when a precondition does not hold, Invalid. */
export async function deleteOne(
  engine: Engine,
  call: Call,
  name: string,
  options: Partial<DeleteOptions>,
): Promise<DeleteOutcome> {
  validateOptions(options)
  for (let attempt = 1; attempt <= limits.conflictRetriesMax; attempt++) {
    const prior = await getCurrent(engine, call, name)
    const outcome = await tryDelete(engine, call, { prior, options })
    if (outcome !== undefined) return outcome
  }
  throw conflict(groupResource(call.resource), name, modified)
}

interface Attempt {
  /** As it is stored. */
  readonly prior: Cached
  readonly options: Partial<DeleteOptions>
}

/** Undefined: another writer was faster. */
async function tryDelete(
  engine: Engine,
  call: Call,
  { prior, options }: Attempt,
): Promise<DeleteOutcome | undefined> {
  const { resource: row } = call
  const served = toServed(engine, row, prior)
  const shown = served instanceof Promise ? await served : served
  checkPreconditions(call, shown.object, options)
  const admission = admissionRequest(call, {
    operation: 'DELETE',
    name: shown.object.metadata.name,
    object: undefined,
    prior: shown.object,
    options: { ...options },
  })
  await mutate(engine, admission)
  await judge(engine, admission)

  const plan = planDeletion(row, shown.object, { options, nowMs: engine.clock.nowMs() })
  switch (plan.type) {
    case 'wait':
      return { type: 'deleting', object: shown }
    case 'remove':
      return (await remove(engine, call, prior)) ? { type: 'deleted', last: shown } : undefined
    case 'mark': {
      const marked = await mark(engine, call, { prior: shown, next: plan.next })
      if (marked === undefined) return undefined
      if (!plan.thenRemove) return { type: 'deleting', object: marked }
      return finish(engine, call, marked)
    }
  }
}

async function mark(
  engine: Engine,
  call: Call,
  { prior, next }: { readonly prior: Cached; readonly next: ApiObject },
): Promise<Cached | undefined> {
  if (equalJson(prior.object, next)) return prior
  if (call.dryRun) return unwritten(call.resource, next)
  return storeNext(engine, call, { object: next, expected: prior.revision })
}

/** The object was told to end at once. That somebody else removed it meanwhile is as good. */
async function finish(
  engine: Engine,
  call: Call,
  marked: Cached,
): Promise<DeleteOutcome | undefined> {
  const outcome = { type: 'deleted', last: marked } as const
  if (call.dryRun || (await remove(engine, call, marked))) return outcome
  const current = await findCurrent(engine, call, marked.object.metadata.name)
  return current?.object.metadata.uid === marked.object.metadata.uid ? undefined : outcome
}

async function remove(engine: Engine, call: Call, prior: Cached): Promise<boolean> {
  if (call.dryRun) return true
  if (!(await removeStored(engine, call, prior))) return false
  await release(engine, call, prior.object)
  return true
}

/** Upstream: staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go. */
function checkPreconditions(
  { resource: row }: Call,
  { metadata }: ApiObject,
  { preconditions }: Partial<DeleteOptions>,
): void {
  const { uid, resourceVersion } = preconditions ?? {}
  const refuse = (text: string): Error =>
    conflict({ group: row.group, resource: row.kind }, metadata.name, text)
  if (uid !== undefined && uid !== metadata.uid) {
    throw refuse(
      `the UID in the precondition (${uid}) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    )
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    throw refuse(
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    )
  }
}

/** Upstream: staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/validation, ValidateDeleteOptions. */
function validateOptions(options: Partial<DeleteOptions>): void {
  const { orphanDependents, propagationPolicy } = options
  const errors: FieldError[] = []
  const policies = ['Foreground', 'Background', 'Orphan']
  if (orphanDependents !== undefined && propagationPolicy !== undefined) {
    const text = 'orphanDependents and deletionPropagation cannot be both set'
    errors.push(invalidValue('propagationPolicy', propagationPolicy, text))
  }
  if (propagationPolicy !== undefined && !policies.includes(propagationPolicy)) {
    errors.push(notSupported('propagationPolicy', propagationPolicy, [...policies, 'nil']))
  }
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors)
}
