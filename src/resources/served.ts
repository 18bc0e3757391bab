/** The part of a row that follows from its generated type, so that rows hold only what differs. */
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import type { Resource, Verb } from './resource.ts'

const standardVerbs: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
]

type Served = Pick<
  Resource,
  | 'group'
  | 'version'
  | 'kind'
  | 'plural'
  | 'singular'
  | 'namespaced'
  | 'verbs'
  | 'schemaType'
  | 'storageKey'
  | 'status'
  | 'hasGeneration'
  | 'allowUnconditionalUpdate'
>

/** Names, scope and schema of a kind with the standard verbs, without status and generation. */
export function served<T extends ApiObject>(type: ResourceType<T>): Served {
  return {
    group: type.group,
    version: type.version,
    kind: type.kind,
    plural: type.resource,
    singular: type.kind.toLowerCase(),
    namespaced: type.namespaced,
    verbs: standardVerbs,
    schemaType: `${type.group === '' ? 'core' : type.group.split('.')[0]}/${type.version}.${type.kind}`,
    storageKey: type.resource,
    status: false,
    hasGeneration: false,
    allowUnconditionalUpdate: true,
  }
}
