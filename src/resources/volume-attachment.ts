import type { VolumeAttachment } from '#api/storage/v1.gen.ts'
import { volumeattachments as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const volumeAttachments = defineResource<VolumeAttachment>({
  ...served(type),
  status: true,
  allowUnconditionalUpdate: false,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
