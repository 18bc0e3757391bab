/** Types by the names that `api-resources -o name` prints. Upstream: kubectl pkg/cmd/apiresources/apiresources.go. */
import { compareBytes } from '#api/meta/go-quote.ts'
import type { Served } from './discovery.ts'

/** Those that can be read: by group, then by name. */
export function readableTypes({ groups, lists }: Served): readonly string[] {
  const types: (readonly [group: string, resource: string])[] = groups.flatMap((group) => {
    const resources = group.versions
      .flatMap(({ groupVersion }) => lists.get(groupVersion)?.resources ?? [])
      .filter(({ name, verbs = [] }) => !name.includes('/') && verbs.includes('get'))
      .map(({ name }) => name)
    return [...new Set(resources)].map((resource) => [group.name, resource] as const)
  })
  return types
    .toSorted(([a, x], [b, y]) => compareBytes(a, b) || compareBytes(x, y))
    .map(([group, resource]) => (group === '' ? resource : `${resource}.${group}`))
}
