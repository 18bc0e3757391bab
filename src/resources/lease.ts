import type { Lease } from '#api/coordination/v1.gen.ts'
import { leases as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const leases = defineResource<Lease>({
  ...served(type),
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
