import type { ConfigMap } from '#api/core/v1.gen.ts'
import { configmaps as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const configMaps = defineResource<ConfigMap>({
  ...served(type),
  shortNames: ['cm'],
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
