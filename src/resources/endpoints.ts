import type { Endpoints } from '#api/core/v1.gen.ts'
import { endpoints as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const endpoints = defineResource<Endpoints>({
  ...served(type),
  shortNames: ['ep'],
  storageKey: 'services/endpoints',
  allowCreateOnUpdate: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
