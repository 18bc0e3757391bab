/** The conditions of webhooks. The language is loaded when the first one has some. */
import { aggregateErrors } from '#apiserver/admission/policies/aggregate.ts'
import type { Conditions } from '#apiserver/admission/policies/conditions.ts'
import type { AdmissionDeps } from '#apiserver/admission/create-admission.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { refusal } from '#apiserver/admission/refusal.ts'
import type { Hook } from './compile-hooks.ts'
import type { ConcernedHook } from './hooks.ts'
import { requestAttributes, shownObjects } from './review.ts'

export class MatchConditions {
  readonly #deps: AdmissionDeps
  /** Goes with the compiled webhook when its configuration changes. */
  readonly #compiled = new WeakMap<Hook, Promise<Conditions>>()

  constructor(deps: AdmissionDeps) {
    this.#deps = deps
  }

  /** Throws Forbidden when they cannot be evaluated and the webhook is not to be passed over. */
  async hold({ item: hook, row }: ConcernedHook, request: AdmissionRequest): Promise<boolean> {
    if (hook.conditions.length === 0) return true
    const conditions = await this.#of(hook)
    const shown = await shownObjects(request, row)
    const attributes = requestAttributes(request, row, shown)
    const result = conditions.evaluate({ request, row, shown, attributes, deps: this.#deps })
    if (result.errors.length === 0 || !result.matches) return result.matches
    if (hook.failsOpen) return false
    throw refusal(request, aggregateErrors(result.errors))
  }

  #of(hook: Hook): Promise<Conditions> {
    let compiled = this.#compiled.get(hook)
    if (compiled === undefined) {
      compiled = compile(hook)
      this.#compiled.set(hook, compiled)
    }
    return compiled
  }
}

async function compile({ conditions }: Hook): Promise<Conditions> {
  const { Conditions } = await import('#apiserver/admission/policies/conditions.ts')
  return new Conditions(conditions, { params: undefined })
}
