/** The kinds that quotas count only by number, by the names that quotas call them. */
import * as builtIn from '#api/resources.gen.ts'
import type { ResourceType } from '#api/resource-type.ts'
import type { Resource } from '#resources/resource.ts'
import { countName } from './evaluator.ts'

/** Built-in kinds by the name under which quotas count them. */
let countable: ReadonlyMap<string, ResourceType> | undefined

export function typeCounted(resourceName: string): ResourceType | undefined {
  countable ??= new Map(
    (Object.values(builtIn) as unknown as readonly ResourceType[])
      .filter(({ namespaced }) => namespaced)
      .toReversed() // of several versions the first, which is the newest, stays
      .map((type) => [countName(type), type]),
  )
  return countable.get(resourceName) ?? countable.get(`count/${resourceName}`)
}

export function mayCountCustomKind(resourceName: string): boolean {
  return resourceName.startsWith('count/') && typeCounted(resourceName) === undefined
}

/** In the version that is stored where it is served, so that objects need not be converted. */
export function customTypeCounted(
  rows: Iterable<Resource>,
  resourceName: string,
): ResourceType | undefined {
  if (!mayCountCustomKind(resourceName)) return undefined
  const found = [...rows].filter(
    ({ namespaced, group, plural }) =>
      namespaced && countName({ group, resource: plural }) === resourceName,
  )
  const row = found.find(({ version, storageVersion }) => version === storageVersion) ?? found[0]
  if (row === undefined) return undefined
  const { group, version, kind, plural: resource, namespaced } = row
  return { group, version, kind, resource, namespaced }
}
