/**
 * A ValidatingAdmissionPolicy with its expressions: what it decides about one object.
 * Load this file only when there is a policy.
 * Upstream: admission/plugin/policy/validating/validator.go.
 */
import type {
  AuditAnnotation,
  ValidatingAdmissionPolicySpec,
  Validation,
} from '#api/admissionregistration/v1.gen.ts'
import { runtimeType } from '#cel/runtime-type.ts'
import { dyn, nameOfType } from '#cel/value-type.ts'
import type { Evaluated } from './activation.ts'
import { aggregateErrors } from './aggregate.ts'
import { Conditions } from './conditions.ts'
import {
  compileExpression,
  policyScope,
  type Compiled,
  type PolicyScope,
} from '#cel/policy-scope.ts'
import { Evaluation } from './expressions.ts'

const limits = {
  /** Longer ones give way to the message or the expression. As upstream. */
  messageBytesMax: 5 * 1024,
} as const

export interface Decision {
  readonly isDenied: boolean
  readonly isError: boolean
  readonly message: string
  /** Of a denial; '' is Invalid. */
  readonly reason: string
}

export interface Annotation {
  readonly key: string
  /** Undefined: `error` says why. */
  readonly value: string | undefined
  readonly error: string
}

export interface Verdict {
  readonly decisions: readonly Decision[]
  readonly annotations: readonly Annotation[]
}

interface Rule {
  readonly validation: Validation
  readonly compiled: Compiled
  readonly message: Compiled | undefined
}

export class Validator {
  readonly #scope: PolicyScope
  readonly #conditions: Conditions
  readonly #rules: readonly Rule[]
  readonly #annotations: readonly { source: AuditAnnotation; compiled: Compiled }[]
  readonly #failsOpen: boolean

  constructor(spec: ValidatingAdmissionPolicySpec) {
    const { paramKind, variables = [], matchConditions = [] } = spec
    this.#scope = policyScope({ paramKind, variables })
    this.#conditions = new Conditions(matchConditions, {
      params: paramKind === undefined ? undefined : dyn,
    })
    this.#rules = (spec.validations ?? []).map((validation) => ({
      validation,
      compiled: compileExpression(validation.expression, this.#scope.environment),
      message:
        validation.messageExpression === undefined || validation.messageExpression === ''
          ? undefined
          : compileExpression(validation.messageExpression, this.#scope.quiet),
    }))
    this.#annotations = (spec.auditAnnotations ?? []).map((source) => ({
      source,
      compiled: compileExpression(source.valueExpression, this.#scope.quiet),
    }))
    this.#failsOpen = spec.failurePolicy === 'Ignore'
  }

  evaluate(evaluated: Evaluated, params: unknown): Verdict {
    const { matches, errors } = this.#conditions.evaluate(evaluated, { params })
    if (!matches) return { decisions: [], annotations: [] }
    if (errors.length > 0) {
      if (this.#failsOpen) return { decisions: [], annotations: [] }
      return { decisions: [this.#failed(aggregateErrors(errors))], annotations: [] }
    }
    const evaluation = new Evaluation(evaluated, this.#scope, params)
    return {
      decisions: this.#rules.map((rule) => this.#decide(rule, evaluation)),
      annotations: this.#annotate(evaluated, params),
    }
  }

  #failed(message: string): Decision {
    return { isDenied: !this.#failsOpen, isError: true, message, reason: '' }
  }

  #decide({ validation, compiled, message }: Rule, evaluation: Evaluation): Decision {
    const result = evaluation.run(validation.expression, compiled)
    if ('error' in result) return this.#failed(result.error)
    if (result.value === true) return { isDenied: false, isError: false, message: '', reason: '' }
    return {
      isDenied: true,
      isError: false,
      message: messageOf(validation, message, evaluation),
      reason: validation.reason ?? '',
    }
  }

  #annotate(evaluated: Evaluated, params: unknown): readonly Annotation[] {
    if (this.#annotations.length === 0) return []
    const evaluation = new Evaluation(evaluated, this.#scope, params)
    return this.#annotations.flatMap(
      ({ source: { key, valueExpression }, compiled }): readonly Annotation[] => {
        const result = evaluation.run(valueExpression, compiled)
        if ('error' in result) {
          return this.#failsOpen ? [] : [{ key, value: undefined, error: result.error }]
        }
        if (typeof result.value === 'string') {
          const value = result.value.trim()
          return value === '' ? [] : [{ key, value, error: '' }]
        }
        if (result.value === null) return []
        const type = nameOfType(runtimeType(result.value))
        const error = `valueExpression '${valueExpression}' resulted in unsupported return type: ${type}. Return type must be either string or null.`
        return [{ key, value: undefined, error }]
      },
    )
  }
}

function messageOf(
  { message = '', messageExpression = '', expression }: Validation,
  compiled: Compiled | undefined,
  evaluation: Evaluation,
): string {
  const result = compiled === undefined ? undefined : evaluation.run(messageExpression, compiled)
  if (result !== undefined && 'value' in result && typeof result.value === 'string') {
    const text = result.value.trim()
    const isUsable = text.length <= limits.messageBytesMax && !text.includes('\n')
    if (text !== '' && isUsable) return text
  }
  return message.trim() === '' ? `failed expression: ${expression.trim()}` : message.trim()
}
