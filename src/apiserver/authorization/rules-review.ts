/**
 * What may I do here? SelfSubjectRulesReview.
 * Upstream: pkg/registry/authorization/selfsubjectrulesreview/rest.go.
 */
import type {
  NonResourceRule,
  ResourceRule,
  SelfSubjectRulesReview,
  SubjectRulesReviewStatus,
} from '#api/authorization/v1.gen.ts'
import { badRequest } from '#api/meta/status.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type { Endpoint } from '#apiserver/http/endpoint.ts'
import { abacRulesFor } from './abac.ts'
import type { AbacPolicy } from './abac.ts'
import { nodeNameOf } from './node/node-authorizer.ts'
import { aggregate, missingRole } from './rbac/rbac-authorizer.ts'
import type { RuleIndex } from './rbac/rule-index.ts'
import type { Mode } from './union.ts'

export interface RulesReviewDeps {
  /** Undefined without the RBAC mode. */
  readonly index: RuleIndex | undefined
  readonly modes: readonly Mode[]
  /** Of the mode ABAC. */
  readonly policies: readonly AbacPolicy[]
}

export function selfSubjectRulesReviewEndpoint(deps: RulesReviewDeps): Endpoint {
  return ({ object, user }) => {
    const review = (object ?? {}) as Partial<SelfSubjectRulesReview>
    const namespace = review.spec?.namespace ?? ''
    if (namespace === '') throw badRequest('no namespace on request')
    const status = rulesOf(deps, user, namespace)
    return { type: 'object', status: 201, object: { ...review, spec: {}, status } }
  }
}

function rulesOf(
  { index, modes, policies }: RulesReviewDeps,
  user: UserInfo,
  namespace: string,
): SubjectRulesReviewStatus {
  const resourceRules: ResourceRule[] = []
  const nonResourceRules: NonResourceRule[] = []
  if (modes.includes('AlwaysAllow')) {
    resourceRules.push({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] })
    nonResourceRules.push({ verbs: ['*'], nonResourceURLs: ['*'] })
  }
  if (modes.includes('ABAC')) {
    const own = abacRulesFor(policies, user, namespace)
    resourceRules.push(...own.resourceRules)
    nonResourceRules.push(...own.nonResourceRules)
  }
  const held = index?.rulesFor(user, namespace)
  for (const { nonResourceURLs = [], verbs, ...rule } of held?.rules ?? []) {
    if (rule.resources !== undefined) resourceRules.push({ verbs, ...rule })
    if (nonResourceURLs.length > 0) nonResourceRules.push({ verbs, nonResourceURLs })
  }
  const errors = [
    ...(modes.includes('Node') && nodeNameOf(user) !== undefined
      ? ['node authorizer does not support user rule resolution']
      : []),
    ...(modes.includes('Webhook')
      ? ['webhook authorizer does not support user rule resolution']
      : []),
    ...(held?.missing ?? []).map(missingRole),
  ]
  return {
    resourceRules,
    nonResourceRules,
    incomplete: errors.length > 0,
    ...(errors.length > 0 && { evaluationError: aggregate(errors) }),
  }
}
