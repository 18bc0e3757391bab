/**
 * A group version's APIResourceList as the aggregated discovery shows it.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/installer.go (ConvertGroupVersionIntoToDiscovery),
 * v1.36.
 */
import type { APIResource, APIResourceList } from '#api/meta/v1.gen.ts'

interface ResourceDiscovery {
  readonly resource: string
  readonly responseKind: object
  readonly scope: 'Namespaced' | 'Cluster'
  readonly singularResource: string
  readonly verbs: readonly string[]
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly subresources?: readonly object[]
}

/** Throws an Error when the text is no APIResourceList. */
export function parseResourceList(text: string): readonly APIResource[] {
  const list = JSON.parse(text) as Partial<APIResourceList> | null
  if (list?.kind !== 'APIResourceList' || !Array.isArray(list.resources)) {
    throw new Error('the answer is no APIResourceList')
  }
  return list.resources.filter(({ name, kind }) => typeof name === 'string' && kind !== undefined)
}

export function discoveryOf(
  place: { readonly group: string; readonly version: string },
  resources: readonly APIResource[],
): readonly ResourceDiscovery[] {
  const main = resources.filter(({ name }) => !name.includes('/'))
  return main.map((resource) => {
    const { name, singularName, namespaced, verbs, shortNames, categories } = resource
    const subresources = resources
      .filter((other) => other.name.startsWith(`${name}/`))
      .map((other) => ({
        subresource: other.name.slice(name.length + 1),
        responseKind: kindOf(place, other),
        verbs: other.verbs,
      }))
    return {
      resource: name,
      responseKind: kindOf(place, resource),
      scope: namespaced ? 'Namespaced' : 'Cluster',
      singularResource: singularName,
      verbs,
      ...(shortNames !== undefined && { shortNames }),
      ...(categories !== undefined && { categories }),
      ...(subresources.length > 0 && { subresources }),
    }
  })
}

function kindOf(
  place: { readonly group: string; readonly version: string },
  { group, version, kind }: APIResource,
): object {
  return { group: group || place.group, version: version || place.version, kind }
}
