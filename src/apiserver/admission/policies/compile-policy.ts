/** Policies and bindings as requests are checked against them, without their expressions. */
import type { MatchResources, ParamKind, ParamRef } from '#api/admissionregistration/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Constraints } from '#apiserver/admission/matching/rules.ts'
import { compileSelectors, type Selectors } from '#apiserver/admission/matching/selectors.ts'

interface PolicySource extends ApiObject {
  spec: {
    matchConstraints?: MatchResources
    failurePolicy?: string
    paramKind?: ParamKind
  }
}

interface BindingSource extends ApiObject {
  spec: { policyName?: string; matchResources?: MatchResources; paramRef?: ParamRef }
}

export interface Policy<S> {
  readonly name: string
  readonly source: S
  readonly constraints: Constraints
  readonly selectors: Selectors
  readonly paramKind: ParamKind | undefined
  readonly failsOpen: boolean
}

export interface Binding<B> {
  readonly name: string
  readonly source: B
  readonly policyName: string
  /** Undefined: whatever the policy matches. */
  readonly constraints: Constraints | undefined
  readonly selectors: Selectors
  readonly paramRef: ParamRef | undefined
}

export function compilePolicy<S extends PolicySource>(source: S): Policy<S> {
  const { matchConstraints = {}, failurePolicy, paramKind } = source.spec
  return {
    name: source.metadata.name,
    source,
    constraints: constraintsOf(matchConstraints),
    selectors: compileSelectors(matchConstraints),
    paramKind,
    failsOpen: failurePolicy === 'Ignore',
  }
}

export function compileBinding<B extends BindingSource>(source: B): Binding<B> {
  const { policyName = '', matchResources = {}, paramRef } = source.spec
  const { resourceRules = [], excludeResourceRules = [] } = matchResources
  const isNarrower = resourceRules.length > 0 || excludeResourceRules.length > 0
  const constraints = constraintsOf(matchResources)
  return {
    name: source.metadata.name,
    source,
    policyName,
    constraints: isNarrower ? orEverything(constraints) : undefined,
    selectors: compileSelectors(matchResources),
    paramRef,
  }
}

function constraintsOf(match: MatchResources): Constraints {
  return {
    matchPolicy: match.matchPolicy ?? 'Equivalent',
    rules: match.resourceRules ?? [],
    excluded: match.excludeResourceRules ?? [],
  }
}

/** A binding that only excludes takes the rest. */
function orEverything(constraints: Constraints): Constraints {
  if (constraints.rules.length > 0) return constraints
  const all = ['*']
  const rule = { apiGroups: all, apiVersions: all, resources: ['*/*'], operations: all }
  return { ...constraints, rules: [rule] }
}
