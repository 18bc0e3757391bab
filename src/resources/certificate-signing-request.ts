import type { CertificateSigningRequest } from '#api/certificates/v1.gen.ts'
import { certificatesigningrequests as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const certificateSigningRequests = defineResource<CertificateSigningRequest>({
  ...served(type),
  shortNames: ['csr'],
  status: true,
  subresources: ['approval'],
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
