import type { PriorityClass } from '#api/scheduling/v1.gen.ts'
import { priorityclasses as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const priorityClasses = defineResource<PriorityClass>({
  ...served(type),
  shortNames: ['pc'],
  hasGeneration: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
