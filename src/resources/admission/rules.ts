/** Which requests a webhook or a policy wants to see. Upstream: admissionregistration/validation. */
import type {
  MatchCondition,
  MatchResources,
  NamedRuleWithOperations,
  RuleWithOperations,
} from '#api/admissionregistration/v1.gen.ts'
import { duplicate, invalidValue, required, tooMany } from '#api/meta/field-error.ts'
import { validatePathSegment, validateQualifiedName } from '#api/meta/names.ts'
import { checkEnum, checkSupported, refuse, type Errors } from '#resources/checks/checks.ts'
import { checkLabelSelector } from '#resources/checks/label-selector.ts'

const limits = {
  /** As upstream: match conditions are to narrow, not to decide. */
  matchConditionsMax: 64,
} as const

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']
const scopes = ['*', 'Cluster', 'Namespaced']
export const matchPolicies = ['Equivalent', 'Exact']
export const failurePolicies = ['Fail', 'Ignore']

export function checkRule(rule: RuleWithOperations, path: string, errors: Errors): void {
  checkList(rule.operations, `${path}.operations`, 'operations', errors)
  rule.operations?.forEach((operation, at) => {
    checkSupported(operation, operations, `${path}.operations[${at}]`, errors)
  })
  checkList(rule.apiGroups, `${path}.apiGroups`, 'API groups', errors)
  checkList(rule.apiVersions, `${path}.apiVersions`, 'API versions', errors)
  rule.apiVersions?.forEach((version, at) => {
    if (version === '') errors.push(required(`${path}.apiVersions[${at}]`, ''))
  })
  checkResources(rule.resources ?? [], `${path}.resources`, errors)
  checkSupported(rule.scope, scopes, `${path}.scope`, errors)
}

function checkList(
  values: readonly string[] | undefined,
  path: string,
  what: string,
  errors: Errors,
): void {
  if (values === undefined || values.length === 0) errors.push(required(path, ''))
  else if (values.length > 1 && values.includes('*')) {
    errors.push(invalidValue(path, values, `if '*' is present, must not specify other ${what}`))
  }
}

function checkResources(resources: readonly string[], path: string, errors: Errors): void {
  if (resources.length === 0) errors.push(required(path, ''))
  const allSubresourcesOf = new Set<string>()
  const ofAllResources = new Set<string>()
  for (const [at, entry] of resources.entries()) {
    if (entry === '') errors.push(required(`${path}[${at}]`, ''))
    const slash = entry.indexOf('/')
    if (slash < 0) continue
    const [resource, subresource] = [entry.slice(0, slash), entry.slice(slash + 1)]
    const covered = [
      ...(allSubresourcesOf.has(resource) ? [`${resource}/*`] : []),
      ...(ofAllResources.has(subresource) ? [`*/${subresource}`] : []),
    ]
    for (const wider of covered) {
      const detail = `if '${wider}' is present, must not specify ${entry}`
      errors.push(invalidValue(`${path}[${at}]`, entry, detail))
    }
    if (subresource === '*') allSubresourcesOf.add(resource)
    if (resource === '*') ofAllResources.add(subresource)
  }
  if (resources.length > 1 && resources.includes('*/*')) {
    const detail = "if '*/*' is present, must not specify other resources"
    errors.push(invalidValue(path, resources, detail))
  }
  const named = resources.some((entry) => entry !== '*' && entry !== '' && !entry.includes('/'))
  if (resources.includes('*') && named) {
    const detail = "if '*' is present, must not specify other resources without subresources"
    errors.push(invalidValue(path, resources, detail))
  }
}

/** Their expressions are compiled by admission, which may load the language. */
export function checkMatchConditions(
  conditions: readonly MatchCondition[] | undefined,
  path: string,
  errors: Errors,
): void {
  const names = new Set<string>()
  for (const [at, { name, expression }] of (conditions ?? []).entries()) {
    if (expression.trim() === '') errors.push(required(`${path}[${at}].expression`, ''))
    if (name === '') errors.push(required(`${path}[${at}].name`, ''))
    else {
      refuse(errors, `${path}[${at}].name`, name, validateQualifiedName(name))
      if (names.has(name)) errors.push(duplicate(`${path}[${at}].name`, name))
      names.add(name)
    }
  }
  const count = conditions?.length ?? 0
  if (count > limits.matchConditionsMax)
    errors.push(tooMany(path, count, limits.matchConditionsMax))
}

export function checkMatchResources(match: MatchResources, path: string, errors: Errors): void {
  checkEnum(match.matchPolicy, matchPolicies, `${path}.matchPolicy`, errors)
  if (match.namespaceSelector === undefined) {
    errors.push(required(`${path}.namespaceSelector`, ''))
  } else checkLabelSelector(match.namespaceSelector, `${path}.namespaceSelector`, errors)
  if (match.objectSelector === undefined) errors.push(required(`${path}.objectSelector`, ''))
  else checkLabelSelector(match.objectSelector, `${path}.objectSelector`, errors)
  match.resourceRules?.forEach((rule, at) => {
    checkNamedRule(rule, `${path}.resourceRules[${at}]`, errors)
  })
  match.excludeResourceRules?.forEach((rule, at) => {
    checkNamedRule(rule, `${path}.excludeResourceRules[${at}]`, errors)
  })
}

function checkNamedRule(rule: NamedRuleWithOperations, path: string, errors: Errors): void {
  const names = new Set<string>()
  rule.resourceNames?.forEach((name, at) => {
    refuse(errors, `${path}.resourceNames[${at}]`, name, validatePathSegment(name))
    if (names.has(name)) errors.push(duplicate(`${path}.resourceNames[${at}]`, name))
    names.add(name)
  })
  checkRule(rule, path, errors)
}

export function defaultRule(rule: RuleWithOperations): void {
  rule.scope ??= '*'
}

export function defaultMatchResources(match: MatchResources | undefined): void {
  if (match === undefined) return
  match.matchPolicy ??= 'Equivalent'
  match.namespaceSelector ??= {}
  match.objectSelector ??= {}
  match.resourceRules?.forEach(defaultRule)
  match.excludeResourceRules?.forEach(defaultRule)
}
