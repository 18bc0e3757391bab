import type { ControllerRevision } from '#api/apps/v1.gen.ts'
import { controllerrevisions as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const controllerRevisions = defineResource<ControllerRevision>({
  ...served(type),

  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
