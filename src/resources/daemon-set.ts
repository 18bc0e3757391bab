import type { DaemonSet } from '#api/apps/v1.gen.ts'
import { daemonsets as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const daemonSets = defineResource<DaemonSet>({
  ...served(type),
  shortNames: ['ds'],
  categories: ['all'],
  status: true,
  hasGeneration: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
