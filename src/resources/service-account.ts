import type { ServiceAccount } from '#api/core/v1.gen.ts'
import { serviceaccounts as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const serviceAccounts = defineResource<ServiceAccount>({
  ...served(type),
  shortNames: ['sa'],
  subresources: ['token'],
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
