import type { ServiceAccount } from '#api/core/v1.gen.ts'
import { serviceaccounts as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn, stringColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const serviceAccounts = defineResource<ServiceAccount>({
  ...served(type),
  shortNames: ['sa'],
  subresources: ['token'],
  returnsDeletedObject: true,
  validateName: subdomainName,
  columns: [
    nameColumn(),
    stringColumn(
      'Secrets',
      'Secrets is a list of the secrets in the same namespace that pods running using this ServiceAccount are allowed to use.',
      ({ secrets }) => secrets?.length ?? 0,
    ),
    ageColumn(),
  ],
})
