/**
 * ValidatingAdmissionPolicy. Upstream: admission/plugin/policy/validating/dispatcher.go.
 */
import type {
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '#api/admissionregistration/v1.gen.ts'
import { StatusError } from '#api/meta/status.ts'
import {
  validatingadmissionpolicies,
  validatingadmissionpolicybindings,
} from '#api/resources.gen.ts'
import type { AdmissionDeps } from '#apiserver/admission/create-admission.ts'
import type { AdmissionPlugin, AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { refusal } from '#apiserver/admission/refusal.ts'
import { requestAttributes, shownObjects } from '#apiserver/admission/webhooks/review.ts'
import type { Resource } from '#resources/resource.ts'
import type { Evaluated } from './activation.ts'
import type { Binding } from './compile-policy.ts'
import { collectParams, ConfigurationError } from './params.ts'
import { PolicyIndex, type Bound } from './policy-index.ts'
import { PolicyMetrics } from './policy-metrics.ts'
import type { Decision, Validator, Verdict } from './validator.ts'

type BoundPolicy = Bound<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding>
type PolicyBinding = Binding<ValidatingAdmissionPolicyBinding>
type Index = PolicyIndex<ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding>

const limits = {
  /** As upstream. */
  annotationBytesMax: 10 * 1024,
} as const

export function validatingPolicies(deps: AdmissionDeps): AdmissionPlugin {
  let index: Index | undefined
  const open = (): Index => {
    index ??= new PolicyIndex(
      deps.objects(),
      validatingadmissionpolicies,
      validatingadmissionpolicybindings,
    )
    return index
  }
  const metrics = new PolicyMetrics()
  const validators = new Validators()
  return {
    name: 'ValidatingAdmissionPolicy',
    handles: (request) => open().of(request).length > 0,
    async validate(request) {
      const round = new Round({ deps, index: open(), metrics, request })
      for (const { item: policy } of open().of(request)) {
        const row = open().matches(policy, request)
        if (row !== undefined) await round.ask(policy, await validators.of(policy.source), row)
      }
      round.finish()
    },
    measure: (registry) => metrics.register(registry),
    [Symbol.dispose]: () => index?.[Symbol.dispose](),
  }
}

/** Compiled with the first request that a policy concerns. */
class Validators {
  readonly #known = new WeakMap<ValidatingAdmissionPolicy, Promise<Validator>>()

  of(source: ValidatingAdmissionPolicy): Promise<Validator> {
    let validator = this.#known.get(source)
    if (validator === undefined) {
      validator = compile(source)
      this.#known.set(source, validator)
    }
    return validator
  }
}

async function compile({ spec }: ValidatingAdmissionPolicy): Promise<Validator> {
  const { Validator } = await import('./validator.ts')
  return new Validator(spec)
}

interface RoundDeps {
  readonly deps: AdmissionDeps
  readonly index: Index
  readonly metrics: PolicyMetrics
  readonly request: AdmissionRequest
}

interface Denial {
  readonly policy: string
  readonly binding: string
  readonly message: string
  readonly reason: string
}

/** What all policies say about one request. */
class Round {
  readonly #with: RoundDeps
  readonly #denials: Denial[] = []

  constructor(deps: RoundDeps) {
    this.#with = deps
  }

  async ask(policy: BoundPolicy, validator: Validator, row: Resource): Promise<void> {
    const { request, index, deps } = this.#with
    const shown = await shownObjects(request, row)
    const attributes = requestAttributes(request, row, shown)
    const evaluated: Evaluated = { request, row, shown, attributes, deps }
    const annotations = new Map<string, Set<string>>()
    for (const binding of policy.bindings) {
      if (!index.bindingMatches(binding, request)) continue
      for (const params of this.#params(policy, binding)) {
        const verdict = this.#evaluate({ policy, binding, validator, evaluated, params })
        this.#collect(annotations, verdict, { policy, binding })
      }
    }
    for (const [key, values] of annotations) {
      request.annotate?.(`${policy.name}/${key}`, [...values].join(', '))
    }
  }

  #params(policy: BoundPolicy, binding: PolicyBinding): readonly unknown[] {
    const { request, deps } = this.#with
    try {
      return collectParams(policy.paramKind, binding, { request, objects: deps.objects() })
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
      if (!policy.failsOpen) {
        const message = `failed to configure binding: ${error.message}`
        this.#deny(policy, binding, { message, reason: '' })
      }
      return []
    }
  }

  #evaluate(asked: {
    readonly policy: BoundPolicy
    readonly binding: PolicyBinding
    readonly validator: Validator
    readonly evaluated: Evaluated
    readonly params: unknown
  }): Verdict {
    const { policy, binding, validator, evaluated, params } = asked
    const { clock } = this.#with.deps
    const startedMs = clock.monotonicMs()
    const verdict = validator.evaluate(evaluated, params)
    const seconds = (clock.monotonicMs() - startedMs) / 1000
    for (const [at, decision] of verdict.decisions.entries()) {
      this.#enforce(policy, binding, { decision, at, seconds })
    }
    return verdict
  }

  #enforce(
    policy: BoundPolicy,
    binding: PolicyBinding,
    { decision, at, seconds }: { decision: Decision; at: number; seconds: number },
  ): void {
    const { metrics, request } = this.#with
    const names = { policy: policy.name, binding: binding.name, isError: decision.isError, seconds }
    if (!decision.isDenied) {
      if (decision.isError) metrics.observe({ ...names, action: 'allow' })
      return
    }
    const { validationActions } = binding.source.spec
    for (const action of validationActions) {
      switch (action) {
        case 'Deny':
          this.#deny(policy, binding, decision)
          metrics.observe({ ...names, action: 'deny' })
          break
        case 'Warn':
          request.warn(
            `Validation failed for ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}': ${decision.message}`,
          )
          metrics.observe({ ...names, action: 'warn' })
          break
        case 'Audit':
          request.annotate?.(
            'validation.policy.admission.k8s.io/validation_failure',
            failureAnnotation(binding, decision, at),
          )
          metrics.observe({ ...names, action: 'audit' })
          break
      }
    }
  }

  #collect(
    annotations: Map<string, Set<string>>,
    verdict: Verdict,
    { policy, binding }: { policy: BoundPolicy; binding: PolicyBinding },
  ): void {
    for (const { key, value, error } of verdict.annotations) {
      if (value === undefined) this.#deny(policy, binding, { message: error, reason: '' })
      else {
        const values = annotations.get(key) ?? new Set()
        annotations.set(key, values.add(value.slice(0, limits.annotationBytesMax)))
      }
    }
  }

  #deny(
    policy: BoundPolicy,
    binding: PolicyBinding,
    { message, reason }: Pick<Decision, 'message' | 'reason'>,
  ): void {
    this.#denials.push({ policy: policy.name, binding: binding.name, message, reason })
  }

  /** Throws the first denial. */
  finish(): void {
    const [first] = this.#denials
    if (first !== undefined) throw denied(this.#with.request, first)
  }
}

function failureAnnotation(binding: PolicyBinding, { message }: Decision, at: number): string {
  const { policyName, validationActions } = binding.source.spec
  const failure = { message, policy: policyName, binding: binding.name }
  return JSON.stringify([{ ...failure, expressionIndex: at, validationActions }])
}

const codes: Readonly<Record<string, number>> = {
  Forbidden: 403,
  Unauthorized: 401,
  RequestEntityTooLarge: 413,
  Invalid: 422,
}

function denied(
  request: AdmissionRequest,
  { policy, binding, message, reason }: Denial,
): StatusError {
  const text = `ValidatingAdmissionPolicy '${policy}' with binding '${binding}' denied request: ${message}`
  const { status } = refusal(request, text)
  const asked = reason === '' ? 'Invalid' : reason
  return new StatusError({
    ...status,
    reason: asked,
    code: codes[asked] ?? 422,
    details: { ...status.details, causes: [{ message: text }] },
  })
}
