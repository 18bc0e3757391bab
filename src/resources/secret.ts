import type { Secret } from '#api/core/v1.gen.ts'
import { secrets as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const secrets = defineResource<Secret>({
  ...served(type),

  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
