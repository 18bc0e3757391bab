/**
 * Nobody may grant what he does not hold.
 * Upstream: pkg/registry/rbac/validation/rule.go, ConfirmNoEscalation;
 * staging/src/k8s.io/component-helpers/auth/rbac/validation/policy_comparator.go, Covers;
 * pkg/registry/rbac/validation/policy_compact.go.
 */
import { goQuote } from '#api/meta/go-quote.ts'
import type { PolicyRule } from '#api/rbac/v1.gen.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import { missingRole } from './rbac-authorizer.ts'
import type { RuleIndex } from './rule-index.ts'

/** Why the user may not grant these rules in the namespace ('' is the cluster); undefined: he may. */
export function escalation(
  index: RuleIndex,
  asked: { readonly user: UserInfo; readonly namespace: string },
  rules: readonly PolicyRule[],
): string | undefined {
  const { user, namespace } = asked
  const held = index.rulesFor(user, namespace)
  const uncovered = uncoveredRules(held.rules, rules)
  if (uncovered.length === 0) return undefined
  const lines = [...new Set(compact(uncovered).map(describeRule))].toSorted()
  const resolution =
    held.missing.length === 0
      ? ''
      : `; resolution errors: [${held.missing.map(missingRole).join(' ')}]`
  return `user ${goQuote(user.name)} (groups=${list(user.groups)}) is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}${resolution}`
}

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
  for (const verb of rule.verbs) {
    for (const group of rule.apiGroups ?? []) {
      for (const resource of rule.resources ?? []) {
        const part = { apiGroups: [group], resources: [resource], verbs: [verb] }
        if (names.length === 0) parts.push(part)
        for (const name of names) parts.push({ ...part, resourceNames: [name] })
      }
    }
    for (const url of rule.nonResourceURLs ?? []) {
      parts.push({ nonResourceURLs: [url], verbs: [verb] })
    }
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

/** Parts that differ only in the verb become one. */
function compact(parts: readonly PolicyRule[]): readonly PolicyRule[] {
  const byTarget = new Map<string, PolicyRule>()
  const others: PolicyRule[] = []
  for (const part of parts) {
    if (part.resources === undefined) {
      others.push(part)
      continue
    }
    const key = JSON.stringify([part.apiGroups, part.resources, part.resourceNames])
    const known = byTarget.get(key)
    byTarget.set(
      key,
      known === undefined ? part : { ...known, verbs: [...known.verbs, ...part.verbs] },
    )
  }
  return [...byTarget.values(), ...others]
}

/** `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}` */
function describeRule(rule: PolicyRule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ]
  const shown = parts.flatMap(([name, values]) =>
    values === undefined || values.length === 0 ? [] : [`${name}:${list(values)}`],
  )
  return `{${shown.join(', ')}}`
}

/** As Go prints a list of quoted strings. */
function list(values: readonly string[]): string {
  return `[${values.map(goQuote).join(' ')}]`
}
