/**
 * Requests for what may only be used under a quota, and whether one covers them.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go, CheckRequest.
 */
import type { ScopedResourceSelectorRequirement } from '#api/core/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { refusal, unexpected } from '#apiserver/admission/refusal.ts'
import type { Account } from './account.ts'
import type { LimitedResource } from './configuration.ts'
import type { Evaluator } from './evaluator.ts'
import { positive } from './usage.ts'
import type { Usage } from './usage.ts'

/** Those about the kind of the request. */
export function limitedOf(
  limited: readonly LimitedResource[],
  { resource }: AdmissionRequest,
): readonly LimitedResource[] {
  return limited.filter(
    (one) => one.resource === resource.plural && (one.apiGroup ?? '') === resource.group,
  )
}

export interface Consumption {
  readonly request: AdmissionRequest
  readonly object: ApiObject
  readonly evaluator: Evaluator
  readonly usage: Usage
  /** All quotas of the namespace. */
  readonly accounts: readonly Account[]
}

/** Throws Forbidden when no quota covers what is used, and a plain failure when none has its scope. */
export function requireCover(limited: readonly LimitedResource[], consumption: Consumption): void {
  if (limited.length === 0) return
  const { request, object, evaluator, usage, accounts } = consumption
  const concerning = accounts.filter((account) => account.concerns(evaluator, object))
  const covered = new Set(
    concerning.flatMap(({ hard }) => [...hard.keys()].filter((name) => evaluator.counts(name))),
  )
  const uncovered = limitedNames(limited, usage).filter((name) => !covered.has(name))
  if (uncovered.length > 0) {
    throw refusal(request, `insufficient quota to consume: ${uncovered.join(',')}`)
  }
  const wanted = scopesMet(evaluator, object, limited)
  const held = accounts
    .flatMap(({ scopes }) => scopes)
    .filter((scope) => evaluator.inScope(object, scope))
  const missing = wanted.filter((scope) => !isHeld(scope, held))
  if (missing.length === 0) return
  const shown = missing.map((scope) => goScope(scope)).join(' ')
  throw unexpected(`insufficient quota to match these scopes: [${shown}]`)
}

function limitedNames(limited: readonly LimitedResource[], usage: Usage): readonly string[] {
  const parts = limited.flatMap(({ matchContains = [] }) => matchContains)
  return [...positive(usage).keys()]
    .filter((name) => parts.some((part) => name.includes(part)))
    .toSorted((a, b) => (a < b ? -1 : 1))
}

function scopesMet(
  evaluator: Evaluator,
  object: ApiObject,
  limited: readonly LimitedResource[],
): readonly ScopedResourceSelectorRequirement[] {
  return limited
    .flatMap(({ matchScopes = [] }) => matchScopes)
    .filter((scope) => evaluator.inScope(object, scope))
}

function isHeld(
  scope: ScopedResourceSelectorRequirement,
  held: readonly ScopedResourceSelectorRequirement[],
): boolean {
  return held.some(({ scopeName }) => scopeName === scope.scopeName)
}

/** As Go prints the struct. */
function goScope({ scopeName, operator, values = [] }: ScopedResourceSelectorRequirement): string {
  return `{${scopeName} ${operator} [${values.join(' ')}]}`
}
