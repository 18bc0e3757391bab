import type { NetworkPolicy } from '#api/networking/v1.gen.ts'
import { networkpolicies as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const networkPolicies = defineResource<NetworkPolicy>({
  ...served(type),
  shortNames: ['netpol'],
  hasGeneration: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
