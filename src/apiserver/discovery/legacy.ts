/**
 * Discovery group by group: APIVersions, APIGroupList, APIGroup, APIResourceList.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/discovery, v1.36.
 */
import { createHash } from 'node:crypto'
import type { APIGroup, APIResource, APIResourceList } from '#api/meta/v1.gen.ts'
import { apiVersionOf } from '#api/resource-type.ts'
import type { Resource } from '#resources/resource.ts'
import { subresourceNames, subresourceOf } from '#apiserver/http/subresources.ts'
import type { ServedGroup, ServedVersion } from './groups.ts'

export function apiGroup(group: ServedGroup): APIGroup {
  const versions = group.versions.map(({ version }) => ({
    groupVersion: apiVersionOf({ group: group.name, version }),
    version,
  }))
  const [preferred] = versions
  return {
    name: group.name,
    versions,
    ...(preferred !== undefined && { preferredVersion: preferred }),
  }
}

/** The core group's `/api`. */
export function apiVersions(core: ServedGroup, serverAddress: string): object {
  return {
    kind: 'APIVersions',
    versions: core.versions.map(({ version }) => version),
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  }
}

export function apiGroupList(groups: readonly ServedGroup[]): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(apiGroup) }
}

export function apiResourceList(group: string, served: ServedVersion): APIResourceList {
  return {
    kind: 'APIResourceList',
    ...(group !== '' && { apiVersion: 'v1' }),
    groupVersion: apiVersionOf({ group, version: served.version }),
    resources: served.rows
      .flatMap((row) => [main(row), ...subresources(row)])
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

function main(row: Resource): APIResource {
  return {
    name: row.plural,
    singularName: row.singular,
    namespaced: row.namespaced,
    kind: row.kind,
    verbs: [...(row.advertisedVerbs ?? row.verbs)],
    ...(row.shortNames !== undefined && { shortNames: [...row.shortNames] }),
    ...(row.categories !== undefined && { categories: [...row.categories] }),
    ...(row.stored !== false && { storageVersionHash: storageVersionHash(row) }),
  }
}

function subresources(row: Resource): APIResource[] {
  return subresourceNames(row).flatMap((name) => {
    const subresource = subresourceOf(row, name)
    if (subresource === undefined) return []
    return [
      {
        name: `${row.plural}/${name}`,
        singularName: '',
        namespaced: row.namespaced,
        ...otherGroupVersion(row, subresource.kind),
        kind: subresource.kind?.kind ?? row.kind,
        verbs: [...subresource.verbs],
      },
    ]
  })
}

function otherGroupVersion(
  row: Resource,
  kind: { readonly group: string; readonly version: string } | undefined,
): { group?: string; version?: string } {
  if (kind === undefined || (kind.group === row.group && kind.version === row.version)) return {}
  return { group: kind.group, version: kind.version }
}

/** Names the version in which objects are stored: clients migrate when it changes. */
function storageVersionHash(row: Resource): string {
  const version = row.storageVersion ?? row.version
  const hash = createHash('sha256').update(`${row.group}/${version}/${row.kind}`).digest()
  return hash.subarray(0, 8).toString('base64')
}
