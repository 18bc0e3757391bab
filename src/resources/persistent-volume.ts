import type { PersistentVolume } from '#api/core/v1.gen.ts'
import { persistentvolumes as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const persistentVolumes = defineResource<PersistentVolume>({
  ...served(type),
  shortNames: ['pv'],
  status: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
