import type { ServiceCIDR } from '#api/networking/v1.gen.ts'
import { servicecidrs as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const serviceCidrs = defineResource<ServiceCIDR>({
  ...served(type),
  status: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
