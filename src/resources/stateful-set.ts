import type { StatefulSet } from '#api/apps/v1.gen.ts'
import { statefulsets as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const statefulSets = defineResource<StatefulSet>({
  ...served(type),
  shortNames: ['sts'],
  categories: ['all'],
  status: true,
  hasGeneration: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
