/**
 * Policy rules prepared for being asked often.
 * Upstream: pkg/apis/rbac/v1/evaluation_helpers.go and plugin/pkg/auth/authorizer/rbac/rbac.go.
 */
import type { PolicyRule } from '#api/rbac/v1.gen.ts'

export interface CompiledRules {
  readonly source: readonly PolicyRule[]
  /** By the resource as rules write it: `pods`, `pods/log`, `*`, `*` + `/scale`. */
  readonly byResource: ReadonlyMap<string, readonly ResourceGrant[]>
  readonly paths: readonly PathGrant[]
}

interface ResourceGrant {
  /** Undefined: all. */
  readonly verbs: ReadonlySet<string> | undefined
  readonly groups: ReadonlySet<string> | undefined
  readonly names: ReadonlySet<string> | undefined
}

interface PathGrant {
  readonly verbs: ReadonlySet<string> | undefined
  readonly paths: readonly string[]
}

/** What is asked of rules; `key` and `wildcardKey` are the resource as rules write it. */
export interface ResourceQuery {
  readonly verb: string
  readonly group: string
  readonly name: string
  /** `pods` or `pods/log` */
  readonly key: string
  /** `*` + `/log`; undefined without a subresource. */
  readonly wildcardKey: string | undefined
}

export function compileRules(rules: readonly PolicyRule[]): CompiledRules {
  const byResource = new Map<string, ResourceGrant[]>()
  const paths: PathGrant[] = []
  for (const rule of rules) {
    const verbs = setOf(rule.verbs)
    const grant = { verbs, groups: setOf(rule.apiGroups), names: namesOf(rule.resourceNames) }
    for (const resource of rule.resources ?? []) {
      const grants = byResource.get(resource)
      if (grants === undefined) byResource.set(resource, [grant])
      else grants.push(grant)
    }
    const urls = rule.nonResourceURLs ?? []
    if (urls.length > 0) paths.push({ verbs, paths: urls })
  }
  return { source: rules, byResource, paths }
}

export function resourceQuery(
  verb: string,
  resource: {
    readonly group: string
    readonly resource: string
    readonly subresource: string
    readonly name: string
  },
): ResourceQuery {
  const { group, name, subresource } = resource
  return subresource === ''
    ? { verb, group, name, key: resource.resource, wildcardKey: undefined }
    : {
        verb,
        group,
        name,
        key: `${resource.resource}/${subresource}`,
        wildcardKey: `*/${subresource}`,
      }
}

export function allowsResource({ byResource }: CompiledRules, query: ResourceQuery): boolean {
  return (
    anyAllows(byResource.get(query.key), query) ||
    anyAllows(byResource.get('*'), query) ||
    (query.wildcardKey !== undefined && anyAllows(byResource.get(query.wildcardKey), query))
  )
}

export function allowsPath(rules: CompiledRules, verb: string, path: string): boolean {
  return rules.paths.some(
    (grant) =>
      (grant.verbs === undefined || grant.verbs.has(verb)) &&
      grant.paths.some((pattern) => pathMatches(pattern, path)),
  )
}

/** `/healthz`, `/healthz/*`, `*` */
export function pathMatches(pattern: string, path: string): boolean {
  if (pattern === '*' || pattern === path) return true
  return pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, ''))
}

function anyAllows(grants: readonly ResourceGrant[] | undefined, query: ResourceQuery): boolean {
  if (grants === undefined) return false
  for (const { verbs, groups, names } of grants) {
    if (
      (verbs === undefined || verbs.has(query.verb)) &&
      (groups === undefined || groups.has(query.group)) &&
      (names === undefined || names.has(query.name))
    ) {
      return true
    }
  }
  return false
}

function setOf(values: readonly string[] | undefined): ReadonlySet<string> | undefined {
  return values?.includes('*') ? undefined : new Set(values)
}

/** No names, or an empty list of them, stand for all; `*` is a name like any other. */
function namesOf(values: readonly string[] | undefined): ReadonlySet<string> | undefined {
  return values === undefined || values.length === 0 ? undefined : new Set(values)
}
