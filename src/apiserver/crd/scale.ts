/**
 * The scale subresource of a custom kind, by the paths of its definition.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/registry/customresource/{etcd,validator}.go,
 * v1.36.
 */
import type { CustomResourceSubresourceScale } from '#api/apiextensions/v1.gen.ts'
import { invalidValue, type FieldError } from '#api/meta/field-error.ts'
import { internalError } from '#api/meta/status.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { JsonObject } from '#resources/custom/schema.ts'
import type { ScaleRow } from '#resources/resource.ts'
import { namesIn, readField, writeField } from './fields.ts'

const replicasMax = 2 ** 31 - 1

export function scaleRowOf(scale: CustomResourceSubresourceScale): ScaleRow<ApiObject> {
  const spec = namesIn(scale.specReplicasPath)
  const status = namesIn(scale.statusReplicasPath)
  const selector = selectorNames(scale)
  return {
    replicas(object) {
      const value = readField(object, spec)
      if (typeof value === 'number') return value
      throw internalError(`the spec replicas field "${scale.specReplicasPath}" does not exist`)
    },
    setReplicas(object, replicas) {
      if (writeField(object as unknown as JsonObject, spec, replicas)) return
      throw internalError(`the spec replicas field "${scale.specReplicasPath}" cannot be set`)
    },
    statusReplicas(object) {
      const value = readField(object, status)
      return typeof value === 'number' ? value : 0
    },
    selector(object) {
      const value = selector === undefined ? undefined : readField(object, selector)
      return typeof value === 'string' ? value : ''
    },
  }
}

function selectorNames({ labelSelectorPath = '' }: CustomResourceSubresourceScale) {
  return labelSelectorPath === '' ? undefined : namesIn(labelSelectorPath)
}

/** Undefined: there is no scale. */
export function scaleCheck(
  scale: CustomResourceSubresourceScale | undefined,
): ((object: ApiObject) => readonly FieldError[]) | undefined {
  if (scale === undefined) return undefined
  const paths = [scale.specReplicasPath, scale.statusReplicasPath].map((path) => ({
    path,
    names: namesIn(path),
  }))
  const selector = selectorNames(scale)
  return (object) => {
    const errors = paths.flatMap(({ path, names }) =>
      replicasErrors(readField(object, names), path),
    )
    const text = selector === undefined ? undefined : readField(object, selector)
    if (text !== undefined && typeof text !== 'string') {
      const path = scale.labelSelectorPath ?? ''
      errors.push(invalidValue(path, text, `${path} accessor error: it is not of type string`))
    }
    return errors
  }
}

function replicasErrors(value: unknown, path: string): FieldError[] {
  if (value === undefined) return []
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    return [invalidValue(path, value, `${path} accessor error: it is not of type int64`)]
  }
  if (value < 0) return [invalidValue(path, value, 'should be a non-negative integer')]
  if (value <= replicasMax) return []
  return [invalidValue(path, value, `should be less than or equal to ${replicasMax}`)]
}
