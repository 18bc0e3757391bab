import type { IPAddress } from '#api/networking/v1.gen.ts'
import { ipaddresses as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const ipAddresses = defineResource<IPAddress>({
  ...served(type),
  shortNames: ['ip'],
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
