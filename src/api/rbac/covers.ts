/**
 * Whether rules allow what others do.
 * Upstream: component-helpers auth/rbac/validation/policy_comparator.go, Covers.
 */
import type { PolicyRule } from './v1.gen.ts'

/** Of the asked rules, the smallest parts that no held rule covers. */
export function uncoveredRules(
  held: readonly PolicyRule[],
  asked: readonly PolicyRule[],
): readonly PolicyRule[] {
  return asked.flatMap(breakdown).filter((part) => !held.some((rule) => covers(rule, part)))
}

/** One verb on one resource, name or path each. */
function breakdown(rule: PolicyRule): PolicyRule[] {
  const names = rule.resourceNames ?? []
  const parts: PolicyRule[] = []
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs) {
        const part = { apiGroups: [group], resources: [resource], verbs: [verb] }
        if (names.length === 0) parts.push(part)
        for (const name of names) parts.push({ ...part, resourceNames: [name] })
      }
    }
  }
  for (const url of rule.nonResourceURLs ?? []) {
    for (const verb of rule.verbs) parts.push({ nonResourceURLs: [url], verbs: [verb] })
  }
  return parts
}

function covers(rule: PolicyRule, part: PolicyRule): boolean {
  const names = rule.resourceNames ?? []
  return (
    hasAll(rule.verbs, part.verbs) &&
    hasAll(rule.apiGroups, part.apiGroups) &&
    (part.resources ?? []).every((resource) => coversResource(rule.resources, resource)) &&
    (part.nonResourceURLs ?? []).every((url) => coversPath(rule.nonResourceURLs, url)) &&
    (names.length === 0 || (part.resourceNames !== undefined && hasNames(names, part)))
  )
}

function hasNames(names: readonly string[], { resourceNames = [] }: PolicyRule): boolean {
  return resourceNames.every((name) => names.includes(name))
}

function hasAll(held: readonly string[] | undefined, asked: readonly string[] = []): boolean {
  return held?.includes('*') === true || asked.every((value) => held?.includes(value) === true)
}

function coversResource(held: readonly string[] | undefined, resource: string): boolean {
  if (held === undefined) return false
  if (held.includes('*') || held.includes(resource)) return true
  const slash = resource.indexOf('/')
  return slash >= 0 && held.includes(`*${resource.slice(slash)}`)
}

function coversPath(held: readonly string[] | undefined, path: string): boolean {
  return (held ?? []).some(
    (pattern) =>
      pattern === '*' ||
      pattern === path ||
      (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''))),
  )
}
