/**
 * All of discovery in one document, apidiscovery.k8s.io/v2 (and v2beta1, which has the same shape).
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/discovery/aggregated and …/endpoints/installer.go
 * (ConvertGroupVersionIntoToDiscovery), v1.36.
 */
import type { Resource } from '#resources/resource.ts'
import { subresourceNames, subresourceOf } from '#apiserver/http/subresources.ts'
import type { ServedGroup } from './groups.ts'

export type DiscoveryVersion = 'v2' | 'v2beta1'

export function groupDiscoveryList(
  groups: readonly ServedGroup[],
  version: DiscoveryVersion,
): object {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: { ...(group.name !== '' && { name: group.name }), creationTimestamp: null },
      versions: group.versions.map(({ version: name, rows, remote }) => ({
        version: name,
        resources: remote?.resources ?? rows.map(resourceDiscovery),
        freshness: remote?.freshness ?? 'Current',
      })),
    })),
  }
}

function resourceDiscovery(row: Resource): object {
  const subresources = subresourceNames(row).flatMap((name) => subresourceDiscovery(row, name))
  return {
    resource: row.plural,
    responseKind: { group: row.group, version: row.version, kind: row.kind },
    scope: row.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: row.singular,
    verbs: row.advertisedVerbs ?? row.verbs,
    ...(row.shortNames !== undefined && { shortNames: row.shortNames }),
    ...(row.categories !== undefined && { categories: row.categories }),
    ...(subresources.length > 0 && { subresources }),
  }
}

function subresourceDiscovery(row: Resource, name: string): object[] {
  const subresource = subresourceOf(row, name)
  if (subresource === undefined) return []
  const { group, version, kind } = subresource.kind ?? row
  return [{ subresource: name, responseKind: { group, version, kind }, verbs: subresource.verbs }]
}
