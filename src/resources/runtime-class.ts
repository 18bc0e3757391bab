import type { RuntimeClass } from '#api/node/v1.gen.ts'
import { runtimeclasses as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const runtimeClasses = defineResource<RuntimeClass>({
  ...served(type),
  allowUnconditionalUpdate: false,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
