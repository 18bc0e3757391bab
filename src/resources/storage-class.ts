import type { StorageClass } from '#api/storage/v1.gen.ts'
import { storageclasses as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const storageClasses = defineResource<StorageClass>({
  ...served(type),
  shortNames: ['sc'],
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
