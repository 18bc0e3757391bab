import type { Event } from '#api/core/v1.gen.ts'
import { events as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const events = defineResource<Event>({
  ...served(type),
  shortNames: ['ev'],
  ttlSeconds: 3600,
  allowCreateOnUpdate: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
