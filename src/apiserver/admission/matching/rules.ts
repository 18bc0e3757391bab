/**
 * Whether a rule is about a request, by what it names: operations, groups, versions, resources, scope.
 * Upstream: staging/src/k8s.io/apiserver/pkg/admission/plugin/webhook/predicates/rules/rules.go.
 */
import type { NamedRuleWithOperations } from '#api/admissionregistration/v1.gen.ts'
import type { Resource } from '#resources/resource.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'

type Named = Pick<Resource, 'group' | 'version' | 'plural' | 'namespaced'>

export interface Subject extends Named {
  readonly operation: AdmissionRequest['operation']
  readonly subresource: string
  readonly name: string
}

export function subjectOf(request: AdmissionRequest, row: Named = request.resource): Subject {
  const { group, version, plural, namespaced } = row
  const { operation, subresource, name } = request
  return { group, version, plural, namespaced, operation, subresource, name }
}

export function ruleMatches(rule: NamedRuleWithOperations, subject: Subject): boolean {
  return (
    includes(rule.operations, subject.operation) &&
    includes(rule.apiGroups, subject.group) &&
    includes(rule.apiVersions, subject.version) &&
    resourceMatches(rule.resources, subject) &&
    scopeMatches(rule.scope, subject) &&
    nameMatches(rule.resourceNames, subject.name)
  )
}

function includes(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes('*') || list.includes(value))
}

function resourceMatches(
  entries: readonly string[] | undefined,
  { plural, subresource }: Subject,
): boolean {
  return (entries ?? []).some((entry) => {
    const [resource = '', own = ''] = entry.split('/', 2)
    return (resource === '*' || resource === plural) && (own === '*' || own === subresource)
  })
}

function scopeMatches(scope: string | undefined, { namespaced }: Subject): boolean {
  if (scope === undefined || scope === '*') return true
  return (scope === 'Namespaced') === namespaced
}

function nameMatches(names: readonly string[] | undefined, name: string): boolean {
  return names === undefined || names.length === 0 || names.includes(name)
}

const configurations = new Set([
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'validatingwebhookconfigurations',
])

/** Nobody may lock himself out: configurations of admission pass without asking those that are there. */
export function isExempt({ resource: { group, plural } }: AdmissionRequest): boolean {
  return group === 'admissionregistration.k8s.io' && configurations.has(plural)
}

export interface Constraints {
  readonly matchPolicy: string
  readonly rules: readonly NamedRuleWithOperations[]
  readonly excluded: readonly NamedRuleWithOperations[]
}

/**
 * The kind in which the rules want to see the request's object: its own, or (with `Equivalent`) another
 * version of it. Undefined: the rules are not about the request.
 */
export function matchedRow(
  request: AdmissionRequest,
  { matchPolicy, rules, excluded }: Constraints,
  equivalents: (row: Resource) => readonly Resource[],
): Resource | undefined {
  const isWanted = (list: readonly NamedRuleWithOperations[], row: Resource): boolean => {
    const subject = subjectOf(request, row)
    return list.some((rule) => ruleMatches(rule, subject))
  }
  const own = request.resource
  const rows = matchPolicy === 'Equivalent' ? [own, ...equivalents(own)] : [own]
  if (rows.some((row) => isWanted(excluded, row))) return undefined
  return rows.find((row) => isWanted(rules, row))
}
