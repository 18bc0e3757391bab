/**
 * Server-side apply: makes the object what its applier wants of it, creates it when it is not there.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go, applyPatcher.
 */
import { badRequest, conflict } from '#api/meta/status.ts'
import { applyConfiguration } from '#api/patch/apply.ts'
import { isObject, type Json } from '#api/patch/patch-error.ts'
import { apiVersionOf, type ApiObject } from '#api/resource-type.ts'
import { cloneJson } from '#apiserver/watch-cache/json.ts'
import type { Resource } from '#resources/resource.ts'
import { decoded } from './decode-patched.ts'
import { groupResource, structOf, type Engine } from './engine.ts'
import { managerOf, unwritable } from './managed-fields.ts'
import { modify, type Changed } from './modify.ts'
import type { Call, PatchRequest } from './registry.ts'
import { scaleConfiguration, scaleKind } from './scale.ts'

/** Throws Conflict with a cause for each field that another manager owns. */
export async function apply(engine: Engine, call: Call, request: PatchRequest): Promise<Changed> {
  const { resource: row, subresource } = call
  const isScale = subresource === 'scale'
  const given = configurationOf(isScale ? scaleKind : row, request.patch)
  const config = isScale ? scaleConfiguration(row, given) : given
  const type = structOf(row)
  // A Scale is applied as what it says of the object itself.
  const decoding = isScale ? { ...call, subresource: '' } : call
  const applied = (live: ApiObject | undefined): ApiObject => {
    const result = applyConfiguration({
      type,
      live: live as Json | undefined,
      config,
      manager: managerOf(call, 'Apply'),
      force: request.force,
      nowMs: engine.clock.nowMs(),
      ignored: unwritable(call),
    })
    tellDuplicates(call, request)
    // The configuration was checked field by field; the stored rest is not the applier's concern.
    return decoded(decoding, { type, result: cloneJson(result), fieldValidation: 'Ignore' })
  }
  const absent = (): ApiObject => {
    refuseUid(call, config)
    return applied(undefined)
  }
  return modify(engine, call, {
    name: request.name,
    isPatch: true,
    ownsFields: true,
    next: applied,
    ...(subresource === '' && { absent }),
  })
}

function tellDuplicates(call: Call, { duplicates, fieldValidation }: PatchRequest): void {
  if (duplicates === undefined || fieldValidation === 'Ignore') return
  for (const problem of duplicates()) {
    const text = `error converting YAML to JSON: ${problem}`
    if (fieldValidation === 'Strict') throw badRequest(`error strict decoding YAML: ${text}`)
    call.warn(text)
  }
}

function configurationOf(row: Pick<Resource, 'group' | 'version' | 'kind'>, patch: unknown): Json {
  if (!isObject(patch)) throw badRequest('error decoding YAML: the patch is not an object')
  const wanted = apiVersionOf(row)
  if (patch['apiVersion'] !== wanted) {
    throw badRequest(
      `the API version in the data (${String(patch['apiVersion'])}) does not match the expected API version (${wanted})`,
    )
  }
  if (patch['kind'] !== row.kind) {
    throw badRequest(
      `the kind in the data (${String(patch['kind'])}) does not match the expected kind (${row.kind})`,
    )
  }
  return patch
}

/** Who names a uid does not mean to create. */
function refuseUid(call: Call, config: Json): void {
  const { uid, name } = (config['metadata'] ?? {}) as Partial<ApiObject['metadata']>
  if (uid === undefined || uid === '') return
  throw conflict(
    groupResource(call.resource),
    name ?? '',
    `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
  )
}
