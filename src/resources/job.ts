import type { Job } from '#api/batch/v1.gen.ts'
import { jobs as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const jobs = defineResource<Job>({
  ...served(type),
  categories: ['all'],
  status: true,
  hasGeneration: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
