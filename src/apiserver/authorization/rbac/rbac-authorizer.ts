/** Upstream: plugin/pkg/auth/authorizer/rbac/rbac.go. */
import { goQuote } from '#api/meta/go-quote.ts'
import { formatGroupResource } from '#api/meta/status.ts'
import type { RoleRef, Subject } from '#api/rbac/v1.gen.ts'
import type { Attributes, Decision, LocalAuthorizer } from '#apiserver/authorization/authorizer.ts'
import { allowsPath, allowsResource, resourceQuery } from './compile-rules.ts'
import type { CompiledRules } from './compile-rules.ts'
import type { Grant, RuleIndex } from './rule-index.ts'

const noOpinion: Decision = { allowed: false, reason: '' }

export function rbacAuthorizer(index: RuleIndex): LocalAuthorizer {
  return {
    authorize(attributes) {
      const { user, resource } = attributes
      const allows = question(attributes)
      let granted: Grant | undefined
      let missing: string[] | undefined
      index.visit(user, resource?.namespace ?? '', (grant) => {
        const rules = index.rulesOf(grant)
        if (rules === undefined) (missing ??= []).push(missingRole(grant.binding.roleRef))
        else if (allows(rules)) granted = grant
        return granted !== undefined
      })
      if (granted !== undefined) return allowedBy(granted)
      return missing === undefined
        ? noOpinion
        : { allowed: false, reason: `RBAC: ${aggregate(missing)}` }
    },
  }
}

/** `clusterrole.rbac.authorization.k8s.io "x" not found` */
export function missingRole({ kind, name }: RoleRef): string {
  const resource = { group: 'rbac.authorization.k8s.io', resource: kind.toLowerCase() }
  return `${formatGroupResource(resource)} ${goQuote(name)} not found`
}

/** Several errors as upstream prints them: in brackets, each once. */
export function aggregate(messages: readonly string[]): string {
  const distinct = [...new Set(messages)]
  return distinct.length === 1 ? (distinct[0] ?? '') : `[${distinct.join(', ')}]`
}

function question({ verb, resource, path = '' }: Attributes): (rules: CompiledRules) => boolean {
  if (resource === undefined) return (rules) => allowsPath(rules, verb, path)
  const query = resourceQuery(verb, resource)
  return (rules) => allowsResource(rules, query)
}

const decisions = new WeakMap<Grant, Decision>()

/** The text of a grant's reason is made once. */
function allowedBy(grant: Grant): Decision {
  let decision = decisions.get(grant)
  if (decision === undefined) {
    decision = { allowed: true, reason: `RBAC: allowed by ${describe(grant)}` }
    decisions.set(grant, decision)
  }
  return decision
}

function describe({ binding, subject }: Grant): string {
  const { name, namespace = '' } = binding.metadata
  const { roleRef } = binding
  const what =
    namespace === ''
      ? `ClusterRoleBinding ${goQuote(name)}`
      : `RoleBinding ${goQuote(`${name}/${namespace}`)}`
  return `${what} of ${roleRef.kind} ${goQuote(roleRef.name)} to ${describeSubject(subject)}`
}

function describeSubject({ kind, name, namespace = '' }: Subject): string {
  return `${kind} ${goQuote(namespace === '' ? name : `${name}/${namespace}`)}`
}
