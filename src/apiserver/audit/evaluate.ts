/**
 * The policy, compiled: for a request the first rule that matches, else nothing is told of it.
 * Upstream: staging/src/k8s.io/apiserver/pkg/audit/policy/checker.go, v1.36.
 */
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type { RequestInfo } from '#apiserver/http/request-info.ts'
import type { Level, Stage } from './event.ts'
import type { AuditPolicy, GroupResources, PolicyRule } from './policy.ts'

export interface Verdict {
  readonly level: Level
  readonly omitStages: ReadonlySet<Stage>
  readonly omitManagedFields: boolean
}

/** `user` is who was authenticated, before impersonation; undefined when that failed. */
export type Evaluate = (user: UserInfo | undefined, info: RequestInfo) => Verdict

type Matches = (user: UserInfo | undefined, info: RequestInfo) => boolean

export function compilePolicy(policy: AuditPolicy): Evaluate {
  const rules = policy.rules.map((rule) => ({
    matches: matcherOf(rule),
    verdict: {
      level: rule.level,
      omitStages: new Set([...policy.omitStages, ...rule.omitStages]),
      omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields,
    },
  }))
  const nothing: Verdict = {
    level: 'None',
    omitStages: new Set(policy.omitStages),
    omitManagedFields: policy.omitManagedFields,
  }
  return (user, info) => rules.find(({ matches }) => matches(user, info))?.verdict ?? nothing
}

function matcherOf(rule: PolicyRule): Matches {
  const conditions: Matches[] = []
  const [users, groups, verbs] = [rule.users, rule.userGroups, rule.verbs].map(
    (names) => new Set(names),
  ) as [Set<string>, Set<string>, Set<string>]
  if (users.size > 0) conditions.push((user) => user !== undefined && users.has(user.name))
  if (groups.size > 0) {
    conditions.push((user) => user?.groups.some((group) => groups.has(group)) ?? false)
  }
  if (verbs.size > 0) conditions.push((_user, { verb }) => verbs.has(verb))
  if (rule.namespaces.length > 0 || rule.resources.length > 0) {
    const matches = resourceMatcher(rule)
    conditions.push((_user, info) => info.isResource && matches(info))
  } else if (rule.nonResourceURLs.length > 0) {
    const { nonResourceURLs: urls } = rule
    conditions.push((_user, { isResource, path }) => !isResource && isPathOf(urls, path))
  }
  return (user, info) => conditions.every((condition) => condition(user, info))
}

function isPathOf(urls: readonly string[], path: string): boolean {
  return urls.some(
    (url) =>
      url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.slice(0, -1))),
  )
}

function resourceMatcher(rule: PolicyRule): (info: RequestInfo) => boolean {
  const namespaces = new Set(rule.namespaces)
  return (info) => {
    if (namespaces.size > 0 && !namespaces.has(info.namespace)) return false
    return rule.resources.length === 0 || rule.resources.some((one) => covers(one, info))
  }
}

/** `pods`, `pods/log`, `pods/*`, any `…/scale` and `*`. */
function covers({ group, resources, resourceNames }: GroupResources, info: RequestInfo): boolean {
  if (group !== info.group) return false
  if (resources.length === 0) return true
  if (resourceNames.length > 0 && !resourceNames.includes(info.name)) return false
  const { resource, subresource } = info
  const combined = subresource === '' ? resource : `${resource}/${subresource}`
  return resources.some(
    (one) =>
      one === '*' ||
      one === combined ||
      one === `${resource}/*` ||
      (subresource !== '' && one === `*/${subresource}`),
  )
}
