import type { IngressClass } from '#api/networking/v1.gen.ts'
import { ingressclasses as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const ingressClasses = defineResource<IngressClass>({
  ...served(type),
  hasGeneration: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
