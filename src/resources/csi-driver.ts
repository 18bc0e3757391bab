import type { CSIDriver } from '#api/storage/v1.gen.ts'
import { csidrivers as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const csiDrivers = defineResource<CSIDriver>({
  ...served(type),
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
