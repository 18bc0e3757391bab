import type { Deployment } from '#api/apps/v1.gen.ts'
import { deployments as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const deployments = defineResource<Deployment>({
  ...served(type),
  shortNames: ['deploy'],
  categories: ['all'],
  status: true,
  hasGeneration: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
