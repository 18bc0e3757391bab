/** Kinds that an endpoint answers: rows for discovery and for decoding, nothing is stored. */
import type { ResourceType } from '#api/resource-type.ts'
import {
  bindings,
  componentstatuses,
  localsubjectaccessreviews,
  selfsubjectaccessreviews,
  selfsubjectreviews,
  selfsubjectrulesreviews,
  subjectaccessreviews,
  tokenreviews,
} from '#api/resources.gen.ts'
import { nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import type { Resource } from './resource.ts'
import { served } from './served.ts'

function createOnly(type: ResourceType): Resource {
  return {
    ...served(type),
    stored: false,
    verbs: ['create'],
    validateName: subdomainName,
    columns: [nameColumn()],
  }
}

export const componentStatuses: Resource = {
  ...createOnly(componentstatuses),
  shortNames: ['cs'],
  verbs: ['get', 'list'],
}

export const notStored: readonly Resource[] = [
  createOnly(bindings),
  componentStatuses,
  createOnly(selfsubjectreviews),
  createOnly(tokenreviews),
  createOnly(localsubjectaccessreviews),
  createOnly(selfsubjectaccessreviews),
  createOnly(selfsubjectrulesreviews),
  createOnly(subjectaccessreviews),
]
