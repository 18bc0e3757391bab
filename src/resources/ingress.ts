import type { Ingress } from '#api/networking/v1.gen.ts'
import { ingresses as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const ingresses = defineResource<Ingress>({
  ...served(type),
  shortNames: ['ing'],
  storageKey: 'ingress',
  status: true,
  hasGeneration: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
