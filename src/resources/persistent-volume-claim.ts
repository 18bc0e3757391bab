import type { PersistentVolumeClaim } from '#api/core/v1.gen.ts'
import { persistentvolumeclaims as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const persistentVolumeClaims = defineResource<PersistentVolumeClaim>({
  ...served(type),
  shortNames: ['pvc'],
  status: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
