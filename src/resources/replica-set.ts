import type { ReplicaSet } from '#api/apps/v1.gen.ts'
import { replicasets as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const replicaSets = defineResource<ReplicaSet>({
  ...served(type),
  shortNames: ['rs'],
  categories: ['all'],
  status: true,
  hasGeneration: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
