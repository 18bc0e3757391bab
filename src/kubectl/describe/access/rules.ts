/**
 * Rules taken apart and put together again, so that each resource has one line.
 * Upstream: kubectl pkg/util/rbac (BreakdownRule, CompactRules, SortableRuleSlice).
 */
import type { PolicyRule } from '#api/rbac/v1.gen.ts'
import { compareBytes } from '#api/meta/go-quote.ts'

export interface CompactRule {
  readonly groups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames: readonly string[]
  readonly nonResourceUrls: readonly string[]
  readonly verbs: readonly string[]
}

export function compactRules(rules: readonly PolicyRule[] = []): readonly CompactRule[] {
  const byResource = Map.groupBy(rules.flatMap(simpleRules), keyOf)
  const merged = [...byResource.values()].flatMap((alike) => {
    const [first] = alike
    if (first === undefined) return []
    return [{ ...first, verbs: alike.flatMap(({ verbs }) => verbs) }]
  })
  const urls = rules.flatMap(urlRules)
  return [...urls, ...merged].toSorted((a, b) => compareBytes(sortKey(a), sortKey(b)))
}

/** One group, one resource, one verb and at most one name each. */
function simpleRules(rule: PolicyRule): readonly CompactRule[] {
  const { apiGroups = [], resources = [], verbs, resourceNames = [] } = rule
  const names = resourceNames.length === 0 ? [[]] : resourceNames.map((name) => [name])
  return apiGroups.flatMap((group) =>
    resources.flatMap((resource) =>
      verbs.flatMap((verb) =>
        names.map((name) => ({
          groups: [group],
          resources: [resource],
          resourceNames: name,
          nonResourceUrls: [],
          verbs: [verb],
        })),
      ),
    ),
  )
}

/** URLs are not put together again. */
function urlRules({ nonResourceURLs = [], verbs }: PolicyRule): readonly CompactRule[] {
  return nonResourceURLs.flatMap((url) =>
    verbs.map((verb) => ({
      groups: [],
      resources: [],
      resourceNames: [],
      nonResourceUrls: [url],
      verbs: [verb],
    })),
  )
}

function keyOf({ groups, resources, resourceNames }: CompactRule): string {
  return JSON.stringify([groups, resources, resourceNames])
}

/** As Go prints the rule, which is what upstream sorts by. */
function sortKey(rule: CompactRule): string {
  const list = (values: readonly string[]): string => `[${values.join(' ')}]`
  const { verbs, groups, resources, resourceNames, nonResourceUrls } = rule
  return `&PolicyRule{Verbs:${list(verbs)},APIGroups:${list(groups)},Resources:${list(resources)},ResourceNames:${list(resourceNames)},NonResourceURLs:${list(nonResourceUrls)},}`
}
