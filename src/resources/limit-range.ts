import type { LimitRange } from '#api/core/v1.gen.ts'
import { limitranges as type } from '#api/resources.gen.ts'
import { createdAtColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const limitRanges = defineResource<LimitRange>({
  ...served(type),
  shortNames: ['limits'],
  allowCreateOnUpdate: true,
  validateName: subdomainName,
  columns: [nameColumn(), createdAtColumn()],
})
