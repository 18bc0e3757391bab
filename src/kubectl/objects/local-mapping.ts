/** Where kinds are served, known without a server: for `--local` and `--dry-run=client`. */
import * as resourceTypes from '#api/resources.gen.ts'
import type { ResourceType } from '#api/resource-type.ts'
import { splitGroupVersion } from '#kubectl/discovery/mapper.ts'
import type { Mapping } from '#kubectl/discovery/mapper.ts'

const types: readonly ResourceType[] = Object.values(resourceTypes)

/** A kind that is not built in gets the plural that most have. */
export function localMapping(apiVersion: string, kind: string): Mapping {
  const [group, version] = splitGroupVersion(apiVersion)
  const known = types.find(
    (type) => type.kind === kind && type.group === group && type.version === version,
  )
  const resource = known?.resource ?? `${kind.toLowerCase()}s`
  return { group, version, resource, kind, namespaced: known?.namespaced ?? true, verbs: [] }
}
