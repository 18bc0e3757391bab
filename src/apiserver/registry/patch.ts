/**
 * PATCH: the newest state with the patch applied goes the way of an update, again and again while others
 * write in between, unless the patch names a resourceVersion.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go.
 */
import {
  badRequest,
  genericServerResponse,
  requestEntityTooLarge,
  unsupportedMediaType,
  type StatusError,
} from '#api/meta/status.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { applyJsonPatch } from '#api/patch/json-patch.ts'
import { applyMergePatch } from '#api/patch/merge-patch.ts'
import { PatchError, type Json } from '#api/patch/patch-error.ts'
import { applyStrategicMergePatch } from '#api/patch/strategic-merge.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { typeSchema, type StructType } from '#api/schema.ts'
import { AssertionFailure } from '#base/assert.ts'
import { cloneJson } from '#apiserver/watch-cache/json.ts'
import { apply } from './apply.ts'
import { decoded } from './decode-patched.ts'
import { structOf, type Engine } from './engine.ts'
import { modify, type Changed } from './modify.ts'
import type { Call, PatchRequest } from './registry.ts'
import { applyScale, scaleObject } from './scale.ts'

export async function patch(engine: Engine, call: Call, request: PatchRequest): Promise<Changed> {
  if (request.kind === 'apply') return apply(engine, call, request)
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
  if (request.kind === 'strategic' && row.schemaType === '') {
    throw unsupportedMediaType(otherThanStrategic)
  }
  const type = structOf(row)
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
  const { fieldValidation } = request
  const patchProblems = fieldValidation === 'Ignore' ? [] : problemsOf(request)
  const object = decoded(call, { type, result, patchProblems, fieldValidation })
  object.metadata ??= {} as ApiObject['metadata']
  return object
}

function problemsOf({ kind, patch, duplicates }: PatchRequest): readonly string[] {
  const repeated = duplicates?.() ?? []
  if (kind !== 'json') return repeated
  return [...unknownJsonPatchFields(patch), ...repeated].map((problem) => `json patch ${problem}`)
}

const operationFields: ReadonlySet<string> = new Set(['op', 'from', 'path', 'value'])

function unknownJsonPatchFields(patch: unknown): readonly string[] {
  if (!Array.isArray(patch)) return []
  return patch.flatMap((operation: object, index) =>
    Object.keys(operation)
      .filter((field) => !operationFields.has(field))
      .map((field) => `unknown field ${goQuote(`[${index}].${field}`)}`),
  )
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
        throw new AssertionFailure('an apply is not a patch of what is there')
    }
  } catch (error) {
    throw error instanceof PatchError ? refusal(error) : error
  }
}

const otherThanStrategic = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
]

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
