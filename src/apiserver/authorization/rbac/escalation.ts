/**
 * Nobody may grant what he does not hold.
 * Upstream: pkg/registry/rbac/validation/rule.go, ConfirmNoEscalation;
 * pkg/registry/rbac/validation/policy_compact.go.
 */
import { goQuote } from '#api/meta/go-quote.ts'
import { uncoveredRules } from '#api/rbac/covers.ts'
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
