import type { CronJob } from '#api/batch/v1.gen.ts'
import { cronjobs as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const cronJobs = defineResource<CronJob>({
  ...served(type),
  shortNames: ['cj'],
  categories: ['all'],
  status: true,
  hasGeneration: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
