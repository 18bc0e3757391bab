/**
 * Asks a server what it serves: all in two answers, or group by group where it is too old for that.
 * Upstream: client-go discovery/discovery_client.go, aggregated_discovery.go.
 */
import { StatusError } from '#api/meta/status.ts'
import type { RestClient } from '#kubectl/rest/rest-client.ts'
import type { ApiGroup, ApiResource, GroupVersion, ResourceList, Served } from './discovery.ts'

const accept = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',')

/** client-go's own limit for requests of discovery. */
const timeout = '32s'

interface ResourceKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

interface AggregatedResource {
  readonly resource: string
  readonly responseKind?: ResourceKind | null
  readonly scope: string
  readonly singularResource?: string
  readonly verbs?: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly subresources?: readonly {
    readonly subresource: string
    readonly responseKind?: ResourceKind | null
    readonly verbs?: readonly string[]
  }[]
}

interface AggregatedGroup {
  readonly metadata: { readonly name?: string }
  readonly versions: readonly {
    readonly version: string
    readonly freshness?: string
    readonly resources?: readonly AggregatedResource[]
  }[]
}

interface Part {
  readonly groups: readonly ApiGroup[]
  readonly lists: readonly ResourceList[]
  readonly failures: Served['failures']
}

export async function fetchServed(rest: RestClient): Promise<Served> {
  const core = await fetchPart(rest, '/api')
  const named = await fetchPart(rest, '/apis')
  const lists = [...core.lists, ...named.lists]
  return {
    groups: [...core.groups, ...named.groups],
    lists: new Map(lists.map((list) => [list.groupVersion, list])),
    failures: [...core.failures, ...named.failures],
  }
}

async function fetchPart(rest: RestClient, path: '/api' | '/apis'): Promise<Part> {
  const request = { path, query: { timeout }, headers: { Accept: accept } }
  let body: { kind?: string; items?: readonly AggregatedGroup[] }
  try {
    body = await rest.json(request)
  } catch (error) {
    if (error instanceof StatusError && (error.code === 404 || error.code === 403)) {
      return { groups: [], lists: [], failures: [] }
    }
    throw error
  }
  return body.kind === 'APIGroupDiscoveryList'
    ? fromAggregated(body.items ?? [])
    : await fromLegacy(rest, body)
}

function fromAggregated(items: readonly AggregatedGroup[]): Part {
  const groups: ApiGroup[] = []
  const lists: ResourceList[] = []
  const failures: { groupVersion: string; message: string }[] = []
  for (const { metadata, versions } of items) {
    const name = metadata.name ?? ''
    const known = versions.map(({ version }) => groupVersionOf(name, version))
    const preferredVersion = known[0]
    if (preferredVersion === undefined) continue
    groups.push({ name, versions: known, preferredVersion })
    for (const { version, freshness, resources = [] } of versions) {
      const { groupVersion } = groupVersionOf(name, version)
      if (freshness === 'Stale') {
        failures.push({ groupVersion, message: `stale GroupVersion discovery: ${groupVersion}` })
      } else lists.push({ groupVersion, resources: resources.flatMap(resourceRows) })
    }
  }
  return { groups, lists, failures }
}

function groupVersionOf(group: string, version: string): GroupVersion {
  return { groupVersion: group === '' ? version : `${group}/${version}`, version }
}

/** A resource and its subresources, each a row of its own in a resource list. */
function resourceRows(resource: AggregatedResource): ApiResource[] {
  const namespaced = resource.scope === 'Namespaced'
  const own = (kind: ResourceKind | null | undefined) => ({
    ...(kind != null && kind.group !== '' && { group: kind.group }),
    ...(kind != null && kind.version !== '' && { version: kind.version }),
    kind: kind?.kind ?? '',
  })
  const subresources = (resource.subresources ?? [])
    .filter(({ responseKind }) => responseKind != null)
    .map(({ subresource, responseKind, verbs }) => ({
      name: `${resource.resource}/${subresource}`,
      singularName: resource.singularResource ?? '',
      namespaced,
      ...own(responseKind),
      verbs: verbs ?? [],
    }))
  if (resource.responseKind == null || resource.responseKind.kind === '') return subresources
  return [
    {
      name: resource.resource,
      singularName: resource.singularResource ?? '',
      namespaced,
      ...own(resource.responseKind),
      verbs: resource.verbs ?? [],
      ...(resource.shortNames !== undefined && { shortNames: resource.shortNames }),
      ...(resource.categories !== undefined && { categories: resource.categories }),
    },
    ...subresources,
  ]
}

async function fromLegacy(rest: RestClient, body: object): Promise<Part> {
  const { versions, groups } = body as {
    versions?: readonly string[]
    groups?: readonly ApiGroup[]
  }
  const found: readonly ApiGroup[] =
    groups ??
    (versions === undefined
      ? []
      : [
          {
            name: '',
            versions: versions.map((version) => groupVersionOf('', version)),
            preferredVersion: groupVersionOf('', versions[0] ?? 'v1'),
          },
        ])
  const wanted = found.flatMap((group) => group.versions.map(({ groupVersion }) => groupVersion))
  const failures: { groupVersion: string; message: string }[] = []
  const lists = await Promise.all(
    wanted.map(async (groupVersion): Promise<ResourceList | undefined> => {
      const path = groupVersion.includes('/') ? `/apis/${groupVersion}` : `/api/${groupVersion}`
      try {
        return await rest.json<ResourceList>({ path, query: { timeout } })
      } catch (error) {
        if (!(error instanceof StatusError)) throw error
        failures.push({ groupVersion, message: error.message })
        return undefined
      }
    }),
  )
  return { groups: found, lists: lists.filter((list) => list !== undefined), failures }
}
