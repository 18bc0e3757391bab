/** What the server itself writes into metadata. */
import { badRequest } from '#api/meta/status.ts'
import { apiVersionOf, type ApiObject } from '#api/resource-type.ts'
import { timestamp } from '#base/clock.ts'
import type { Engine } from './engine.ts'
import type { Call } from './registry.ts'

/**
 * Puts the object into the namespace of the request.
 * Upstream: staging/src/k8s.io/apiserver/pkg/registry/rest/meta.go.
 */
export function ensureNamespace(call: Call, object: ApiObject): void {
  const { metadata } = object
  if (!call.resource.namespaced) {
    delete metadata.namespace
    return
  }
  const asked = metadata.namespace ?? ''
  if (asked !== '' && asked !== call.namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  }
  metadata.namespace = call.namespace
}

/** Throws BadRequest when the body names another object than the URL. */
export function ensureName(object: ApiObject, name: string): void {
  const { metadata } = object
  if ((metadata.name ?? '') === '') metadata.name = name
  if (metadata.name === name) return
  throw badRequest(
    `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
  )
}

/** Kind and version as the row has them, whatever the client left out. */
export function ensureKind(call: Call, object: ApiObject): void {
  object.kind = call.resource.kind
  object.apiVersion = apiVersionOf(call.resource)
}

/**
 * Fields that only the system sets, on create.
 * Upstream: registry/rest/meta.go, FillObjectMetaSystemFields, and create.go, BeforeCreate.
 */
export function fillSystemFields(engine: Engine, object: ApiObject): void {
  const { metadata } = object
  delete metadata.selfLink
  delete metadata.deletionTimestamp
  delete metadata.deletionGracePeriodSeconds
  delete metadata.generation
  metadata.creationTimestamp = timestamp(engine.clock.nowMs())
  metadata.uid = engine.uid()
}

/**
 * Fields that an update keeps.
 * Upstream: registry/rest/update.go, BeforeUpdate.
 */
export function keepSystemFields(next: ApiObject, prior: ApiObject): void {
  const to = next.metadata
  const from = prior.metadata
  delete to.selfLink
  to.uid ||= from.uid
  to.creationTimestamp = from.creationTimestamp
  if (from.generation === undefined) delete to.generation
  else to.generation = from.generation
  if (from.deletionTimestamp !== undefined) to.deletionTimestamp = from.deletionTimestamp
  if (from.deletionGracePeriodSeconds !== undefined) {
    to.deletionGracePeriodSeconds ??= from.deletionGracePeriodSeconds
  }
}

/** Removes owner references that were given twice, with upstream's warning. */
export function dedupeOwners(call: Call, object: ApiObject): void {
  const owners = object.metadata.ownerReferences
  if (owners === undefined || owners.length < 2) return
  const seen = new Set<string>()
  const kept = owners.filter((owner) => {
    const id = JSON.stringify(owner, Object.keys(owner).sort())
    if (seen.has(id)) return false
    seen.add(id)
    return true
  })
  if (kept.length === owners.length) return
  const doubled = owners.find((owner, i) => owners.findIndex(({ uid }) => uid === owner.uid) !== i)
  call.warn(
    `.metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${doubled?.uid ?? ''}`,
  )
  object.metadata.ownerReferences = kept
}
