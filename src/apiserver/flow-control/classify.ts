/**
 * Which flow a request belongs to: the first flow schema, by precedence and name, that speaks of its user
 * and of what it asks. Schemas are compiled to sets and closures when they change, not read per request.
 * Upstream: staging/src/k8s.io/apiserver/pkg/util/flowcontrol/rule.go, v1.36.
 */
import type {
  FlowSchema,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
} from '#api/flowcontrol/v1.gen.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import { wellKnown } from '#apiserver/authentication/authenticator.ts'
import type { RequestInfo } from '#apiserver/http/request-info.ts'

export type Matches = (user: UserInfo, info: RequestInfo) => boolean

/** In the order in which they are asked. */
export function byPrecedence(a: FlowSchema, b: FlowSchema): number {
  const difference = (a.spec.matchingPrecedence ?? 0) - (b.spec.matchingPrecedence ?? 0)
  return difference !== 0 ? difference : a.metadata.name < b.metadata.name ? -1 : 1
}

export function compileSchema({ spec: { rules = [] } }: FlowSchema): Matches {
  const compiled = rules.map(compileRule)
  return (user, info) => compiled.some((matches) => matches(user, info))
}

/** What tells the flows of a schema apart. */
export function distinguish(
  { spec: { distinguisherMethod } }: FlowSchema,
  user: UserInfo,
  info: RequestInfo,
): string {
  switch (distinguisherMethod?.type) {
    case 'ByUser':
      return user.name
    case 'ByNamespace':
      return info.isResource ? info.namespace : ''
    default:
      return ''
  }
}

function compileRule(rule: PolicyRulesWithSubjects): Matches {
  const isSubject = compileSubjects(rule)
  const resources = (rule.resourceRules ?? []).map(compileResourceRule)
  const paths = (rule.nonResourceRules ?? []).map(compileNonResourceRule)
  return (user, info) =>
    isSubject(user) && (info.isResource ? resources : paths).some((matches) => matches(info))
}

function compileSubjects({ subjects }: PolicyRulesWithSubjects): (user: UserInfo) => boolean {
  const users = new Set<string>()
  const groups = new Set<string>()
  const namespaces: string[] = []
  for (const { user, group, serviceAccount } of subjects) {
    if (user !== undefined) users.add(user.name)
    if (group !== undefined) groups.add(group.name)
    if (serviceAccount === undefined) continue
    const prefix = `${wellKnown.serviceAccountPrefix}${serviceAccount.namespace}:`
    if (serviceAccount.name === '*') namespaces.push(prefix)
    else users.add(`${prefix}${serviceAccount.name}`)
  }
  const isEveryUser = users.has('*')
  const isEveryGroup = groups.has('*')
  return ({ name, groups: own }) =>
    isEveryUser ||
    users.has(name) ||
    (groups.size > 0 && own.some((group) => isEveryGroup || groups.has(group))) ||
    namespaces.some((prefix) => name.startsWith(prefix))
}

function compileResourceRule(rule: ResourcePolicyRule): (info: RequestInfo) => boolean {
  const isVerb = membership(rule.verbs)
  const isGroup = membership(rule.apiGroups)
  const isResource = membership(rule.resources)
  const isNamespace = membership(rule.namespaces ?? [])
  const isClusterScope = rule.clusterScope === true
  return (info) =>
    isVerb(info.verb) &&
    isResource(resourceOf(info)) &&
    isGroup(info.group) &&
    (info.namespace === '' ? isClusterScope : isNamespace(info.namespace))
}

function resourceOf({ resource, subresource }: RequestInfo): string {
  return subresource === '' ? resource : `${resource}/${subresource}`
}

function compileNonResourceRule(rule: NonResourcePolicyRule): (info: RequestInfo) => boolean {
  const isVerb = membership(rule.verbs)
  const isPath = membership(rule.nonResourceURLs)
  const prefixes = rule.nonResourceURLs
    .filter((url) => url.endsWith('/*'))
    .map((url) => url.slice(0, -1))
  return ({ verb, path }) =>
    isVerb(verb) && (isPath(path) || prefixes.some((prefix) => path.startsWith(prefix)))
}

/** One of the names, or any when the star is among them. */
function membership(names: readonly string[]): (name: string) => boolean {
  if (names.includes('*')) return () => true
  const [only] = names
  if (names.length === 1) return (name) => name === only
  const known = new Set(names)
  return (name) => known.has(name)
}
