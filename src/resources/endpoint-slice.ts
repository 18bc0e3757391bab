import type { EndpointSlice } from '#api/discovery/v1.gen.ts'
import { endpointslices as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const endpointSlices = defineResource<EndpointSlice>({
  ...served(type),
  hasGeneration: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
