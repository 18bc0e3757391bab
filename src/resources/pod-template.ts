import type { PodTemplate } from '#api/core/v1.gen.ts'
import { podtemplates as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const podTemplates = defineResource<PodTemplate>({
  ...served(type),
  hasGeneration: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
