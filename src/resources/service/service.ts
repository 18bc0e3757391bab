import type { Service } from '#api/core/v1.gen.ts'
import { services as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from '#resources/columns.ts'
import { label1035Name } from '#resources/names.ts'
import { defineResource } from '#resources/resource.ts'
import { served } from '#resources/served.ts'

export const services = defineResource<Service>({
  ...served(type),
  shortNames: ['svc'],
  categories: ['all'],
  storageKey: 'services/specs',
  status: true,
  subresources: ['proxy'],
  allowCreateOnUpdate: true,
  validateName: label1035Name,
  columns: [nameColumn(), ageColumn()],
})
