import type { APIService } from '#api/apiregistration/v1.gen.ts'
import { apiservices as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const apiServices = defineResource<APIService>({
  ...served(type),
  storageKey: 'apiregistration.k8s.io/apiservices',
  categories: ['api-extensions'],
  status: true,
  verbs: ['get', 'list', 'watch'],
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
