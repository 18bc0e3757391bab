import type { Namespace } from '#api/core/v1.gen.ts'
import { namespaces as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { labelName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const namespaces = defineResource<Namespace>({
  ...served(type),
  shortNames: ['ns'],
  status: true,
  subresources: ['finalize'],
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  validateName: labelName,
  columns: [nameColumn(), ageColumn()],
})
