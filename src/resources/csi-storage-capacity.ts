import type { CSIStorageCapacity } from '#api/storage/v1.gen.ts'
import { csistoragecapacities as type } from '#api/resources.gen.ts'
import { createdAtColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const csiStorageCapacities = defineResource<CSIStorageCapacity>({
  ...served(type),
  allowUnconditionalUpdate: false,
  validateName: subdomainName,
  columns: [nameColumn(), createdAtColumn()],
})
