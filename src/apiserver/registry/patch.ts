/**
 * PATCH: the newest state with the patch applied goes the way of an update, again and again while others
 * write in between, unless the patch names a resourceVersion.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go.
 */
import {
  decodeValue,
  DecodeError,
  strictDecodingMessage,
  type FieldValidation,
} from '#api/decode.ts'
import { invalidValue } from '#api/meta/field-error.ts'
import {
  badRequest,
  genericServerResponse,
  invalid,
  requestEntityTooLarge,
  unsupportedMediaType,
  type StatusError,
} from '#api/meta/status.ts'
import { applyJsonPatch } from '#api/patch/json-patch.ts'
import { applyMergePatch } from '#api/patch/merge-patch.ts'
import { PatchError, type Json } from '#api/patch/patch-error.ts'
import { applyStrategicMergePatch } from '#api/patch/strategic-merge.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { typeSchema, type StructType } from '#api/schema.ts'
import { cloneJson } from '#apiserver/watch-cache/json.ts'
import type { Engine } from './engine.ts'
import { modify, type Changed } from './modify.ts'
import type { Call, PatchRequest } from './registry.ts'
import { applyScale, scaleObject } from './scale.ts'

export async function patch(engine: Engine, call: Call, request: PatchRequest): Promise<Changed> {
  const { resource: row } = call
  const { name } = request
  if (call.subresource === 'scale') {
    const type = typeSchema('autoscaling/v1.Scale')
    return modify(engine, call, {
      name,
      isPatch: true,
      next: (prior) =>
        applyScale(row, prior, patched(call, { type, request, prior: scaleObject(row, prior) })),
    })
  }
  const type = typeSchema(row.schemaType)
  return modify(engine, call, {
    name,
    isPatch: true,
    next: (prior) => patched(call, { type, request, prior }),
  })
}

interface Patching {
  /** Undefined: the kind is not built in. */
  readonly type: StructType | undefined
  readonly request: PatchRequest
  readonly prior: ApiObject
}

/** A new object. */
function patched(call: Call, { type, request, prior }: Patching): ApiObject {
  const result = cloneJson(applied({ type, request, prior }))
  const object = decoded(call, { type, result, fieldValidation: request.fieldValidation })
  object.metadata ??= {} as ApiObject['metadata']
  return object
}

function applied({ type, request, prior }: Patching): Json {
  const original = prior as unknown as Json
  try {
    switch (request.kind) {
      case 'json':
        return applyJsonPatch(original, request.patch)
      case 'merge':
        return applyMergePatch(original, request.patch)
      case 'strategic':
        if (type === undefined) throw unsupportedMediaType(otherThanStrategic)
        return applyStrategicMergePatch(type, original, request.patch)
      case 'apply':
        throw unsupportedMediaType(otherThanApply)
    }
  } catch (error) {
    throw error instanceof PatchError ? refusal(error) : error
  }
}

const otherThanStrategic = ['application/json-patch+json', 'application/merge-patch+json']
const otherThanApply = [...otherThanStrategic, 'application/strategic-merge-patch+json']

function refusal(error: PatchError): StatusError {
  switch (error.problem) {
    case 'malformed':
      return badRequest(error.message)
    case 'inapplicable':
      return genericServerResponse({ code: 422 })
    case 'tooLarge':
      return requestEntityTooLarge(error.message)
  }
}

/** Checks the result against the type, as a body is checked. Throws Invalid. */
export function decoded(
  call: Call,
  {
    type,
    result,
    fieldValidation,
  }: { type: StructType | undefined; result: Json; fieldValidation: FieldValidation },
): ApiObject {
  if (type === undefined) return result as unknown as ApiObject
  const { object, problems } = decodeResult(type, result)
  if (problems.length === 0 || fieldValidation === 'Ignore') return object
  if (fieldValidation === 'Strict') throw undecodable(result, strictDecodingMessage(problems))
  for (const problem of problems) call.warn(problem)
  return object
}

function decodeResult(type: StructType, result: Json) {
  try {
    return decodeValue<ApiObject>(type, result)
  } catch (error) {
    throw error instanceof DecodeError ? undecodable(result, error.message) : error
  }
}

function undecodable(result: Json, why: string): StatusError {
  return invalid({ group: '', kind: '' }, '', [invalidValue('patch', JSON.stringify(result), why)])
}
