/**
 * A MutatingAdmissionPolicy with its expressions: what it makes of an object.
 * Load this file only when there is a policy.
 * Upstream: admission/plugin/policy/mutating/{dispatcher,compilation}.go and patch/.
 */
import type { MutatingAdmissionPolicySpec } from '#api/admissionregistration/v1.gen.ts'
import { StatusError } from '#api/meta/status.ts'
import { applyJsonPatch } from '#api/patch/json-patch.ts'
import { isObject, PatchError, type Json } from '#api/patch/patch-error.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { typeSchema } from '#api/schema.ts'
import { toJson } from '#cel/adapt.ts'
import { EvaluationError, type Value } from '#cel/value.ts'
import { dyn } from '#cel/value-type.ts'
import { replaceObject } from '#apiserver/admission/webhooks/apply-patch.ts'
import { requestAttributes, shownObjects } from '#apiserver/admission/webhooks/review.ts'
import type { AdmissionDeps } from '#apiserver/admission/create-admission.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { cloneJson } from '#apiserver/watch-cache/json.ts'
import type { Resource } from '#resources/resource.ts'
import type { Evaluated } from './activation.ts'
import { aggregateErrors } from './aggregate.ts'
import { mergeConfiguration } from './apply-configuration.ts'
import { Conditions } from './conditions.ts'
import {
  compileExpression,
  policyScope,
  type Compiled,
  type PolicyScope,
} from '#cel/policy-scope.ts'
import { Evaluation } from './expressions.ts'

interface Patcher {
  readonly type: 'ApplyConfiguration' | 'JSONPatch'
  readonly expression: string
  readonly compiled: Compiled
}

export interface Subject {
  readonly request: AdmissionRequest
  readonly row: Resource
  readonly deps: AdmissionDeps
}

/** Why a policy could not do its work. */
export class MutationError extends Error {
  override readonly name = 'MutationError'
}

export class Mutator {
  readonly #scope: PolicyScope
  readonly #conditions: Conditions
  readonly #patchers: readonly Patcher[]
  readonly #failsOpen: boolean

  constructor(spec: MutatingAdmissionPolicySpec) {
    const { paramKind, variables = [], matchConditions = [], mutations = [] } = spec
    this.#scope = policyScope({ paramKind, variables, mutates: true })
    const params = paramKind === undefined ? undefined : dyn
    this.#conditions = new Conditions(matchConditions, { params })
    this.#patchers = mutations.map(({ patchType, applyConfiguration, jsonPatch }) => {
      const type = patchType === 'JSONPatch' ? patchType : 'ApplyConfiguration'
      const source = type === 'JSONPatch' ? jsonPatch : applyConfiguration
      const expression = source?.expression ?? ''
      return { type, expression, compiled: compileExpression(expression, this.#scope.environment) }
    })
    this.#failsOpen = spec.failurePolicy === 'Ignore'
  }

  /** Whether the object is another one now; undefined: conditions keep it away. Throws MutationError. */
  async mutate(subject: Subject, params: unknown): Promise<boolean | undefined> {
    const before = await evaluated(subject)
    const { matches, errors } = this.#conditions.evaluate(before, { params })
    if (!matches) return undefined
    if (errors.length > 0) {
      if (this.#failsOpen) return undefined
      throw new MutationError(aggregateErrors(errors))
    }
    let isChanged = false
    for (const patcher of this.#patchers) {
      const now = await evaluated(subject)
      const next = this.#patched(patcher, now, params)
      if (await replaced(subject, next)) isChanged = true
    }
    return isChanged
  }

  #patched({ type, expression, compiled }: Patcher, now: Evaluated, params: unknown): Json {
    const result = new Evaluation(now, this.#scope, params).run(expression, compiled)
    if ('error' in result) throw new MutationError(result.error)
    const object = cloneJson(now.shown.object ?? {}) as unknown as Json
    const value = jsonOf(result.value)
    return type === 'JSONPatch' ? byPatch(object, value) : byMerge(object, value, now.row)
  }
}

async function evaluated({ request, row, deps }: Subject): Promise<Evaluated> {
  const shown = await shownObjects(request, row)
  return { request, row, shown, attributes: requestAttributes(request, row, shown), deps }
}

async function replaced({ request, row }: Subject, next: Json): Promise<boolean> {
  try {
    return await replaceObject(request, row, next as unknown as ApiObject)
  } catch (error) {
    if (error instanceof StatusError) throw new MutationError(error.message)
    throw error
  }
}

function jsonOf(value: Value): unknown {
  try {
    return toJson(value)
  } catch (error) {
    if (error instanceof EvaluationError) throw new MutationError(error.message)
    throw error
  }
}

function byMerge(object: Json, configuration: unknown, row: Resource): Json {
  if (!isObject(configuration)) {
    throw new MutationError(
      `unexpected evaluation result type: ApplyConfiguration must return an Object`,
    )
  }
  const type = row.custom?.fields ?? typeSchema(row.schemaType)
  const merged = mergeConfiguration(type, object, configuration)
  if (typeof merged === 'string') throw new MutationError(merged)
  return merged
}

function byPatch(object: Json, patch: unknown): Json {
  if (!Array.isArray(patch)) {
    throw new MutationError('type mismatch: JSONPatchType.expression should evaluate to array')
  }
  try {
    return applyJsonPatch(object, patch)
  } catch (error) {
    if (error instanceof PatchError) {
      throw new MutationError(`JSON Patch: ${error.message}`)
    }
    throw error
  }
}
