/** Kinds that an endpoint answers: rows for discovery and for decoding, nothing is stored. */
import type { ComponentCondition, ComponentStatus } from '#api/core/v1.gen.ts'
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
import { nameColumn, stringColumn } from './columns.ts'
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

/** Upstream: pkg/printers/internalversion/printers.go, printComponentStatus. */
export const componentStatuses: Resource = {
  ...createOnly(componentstatuses),
  shortNames: ['cs'],
  verbs: ['get', 'list'],
  columns: [
    nameColumn(),
    stringColumn('Status', 'Status of the component conditions', (object) => {
      const status = healthy(object)?.status
      return status === 'True' ? 'Healthy' : status === 'False' ? 'Unhealthy' : 'Unknown'
    }),
    stringColumn(
      'Message',
      'Message of the component conditions',
      (object) => healthy(object)?.message ?? '',
    ),
    stringColumn(
      'Error',
      'Error of the component conditions',
      (object) => healthy(object)?.error ?? '',
    ),
  ],
}

function healthy(object: ComponentStatus): ComponentCondition | undefined {
  return object.conditions?.find(({ type }) => type === 'Healthy')
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
