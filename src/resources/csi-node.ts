import type { CSINode } from '#api/storage/v1.gen.ts'
import { csinodes as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const csiNodes = defineResource<CSINode>({
  ...served(type),
  allowUnconditionalUpdate: false,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
