import type { VolumeAttributesClass } from '#api/storage/v1.gen.ts'
import { volumeattributesclasses as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const volumeAttributesClasses = defineResource<VolumeAttributesClass>({
  ...served(type),
  shortNames: ['vac'],
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
