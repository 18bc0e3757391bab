import type { ReplicationController } from '#api/core/v1.gen.ts'
import { replicationcontrollers as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const replicationControllers = defineResource<ReplicationController>({
  ...served(type),
  shortNames: ['rc'],
  categories: ['all'],
  storageKey: 'controllers',
  status: true,
  hasGeneration: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
