import type { ResourceQuota } from '#api/core/v1.gen.ts'
import { resourcequotas as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const resourceQuotas = defineResource<ResourceQuota>({
  ...served(type),
  shortNames: ['quota'],
  status: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
