/**
 * The scale subresource: a view of a few fields of the object.
 * Upstream: pkg/registry/apps/deployment/storage/storage.go, ScaleREST.
 */
import { invalidValue } from '#api/meta/field-error.ts'
import { badRequest, invalid } from '#api/meta/status.ts'
import type { Scale } from '#api/autoscaling/v1.gen.ts'
import { checkConfiguration } from '#api/patch/apply.ts'
import type { Json } from '#api/patch/patch-error.ts'
import { apiVersionOf, type ApiObject } from '#api/resource-type.ts'
import { typeSchema } from '#api/schema.ts'
import { must } from '#base/assert.ts'
import { Cached } from '#apiserver/watch-cache/cached.ts'
import { cloneJson } from '#apiserver/watch-cache/json.ts'
import type { Resource } from '#resources/resource.ts'

export const scaleKind = { group: 'autoscaling', version: 'v1', kind: 'Scale' }
const { kind } = scaleKind
const apiVersion = apiVersionOf(scaleKind)

export function scaleOf(row: Resource, cached: Cached): Cached {
  const { key, revision, resourceVersion, object } = cached
  return new Cached({ key, revision, resourceVersion, object: scaleObject(row, object) })
}

export function scaleObject(row: Resource, object: ApiObject): Scale & ApiObject {
  const scale = must(row.scale, `${row.plural} have no scale`)
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  return {
    kind,
    apiVersion,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      uid,
      resourceVersion,
      creationTimestamp,
    },
    spec: { replicas: scale.replicas(object) },
    status: { replicas: scale.statusReplicas(object), selector: scale.selector(object) },
  }
}

/** The object with the replicas that a Scale asks for. Throws Invalid. */
export function applyScale(row: Resource, prior: ApiObject, scale: ApiObject): ApiObject {
  const { spec, metadata } = scale as Scale & ApiObject
  if (scale.kind !== undefined && scale.kind !== kind) {
    throw badRequest(`expected kind ${kind}, got ${scale.kind}`)
  }
  const replicas = spec?.replicas ?? 0
  checkReplicas(metadata.name, replicas)
  const next = cloneJson(prior)
  must(row.scale, `${row.plural} have no scale`).setReplicas(next, replicas)
  next.metadata.resourceVersion = metadata.resourceVersion ?? ''
  next.metadata.uid = metadata.uid || next.metadata.uid
  return next
}

/** What a Scale that is applied says of the object. Throws StatusError, Invalid. */
export function scaleConfiguration(row: Resource, given: Json): Json {
  checkConfiguration({ type: typeSchema('autoscaling/v1.Scale'), config: given })
  const { spec, metadata } = given as unknown as Partial<Scale & ApiObject>
  const { name = '', uid, resourceVersion } = metadata ?? {}
  const config = {
    apiVersion: apiVersionOf(row),
    kind: row.kind,
    metadata: {
      name,
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    } as ApiObject['metadata'],
  }
  const { replicas } = spec ?? {}
  if (replicas !== undefined) {
    checkReplicas(name, replicas)
    must(row.scale, `${row.plural} have no scale`).setReplicas(config, replicas)
  }
  return config as unknown as Json
}

function checkReplicas(name: string, replicas: number): void {
  if (replicas >= 0) return
  const error = invalidValue('spec.replicas', replicas, 'must be greater than or equal to 0')
  throw invalid(scaleKind, name, [error])
}
