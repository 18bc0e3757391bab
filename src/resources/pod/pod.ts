import type { Pod } from '#api/core/v1.gen.ts'
import { pods as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from '#resources/columns.ts'
import { subdomainName } from '#resources/names.ts'
import { defineResource } from '#resources/resource.ts'
import { served } from '#resources/served.ts'

export const pods = defineResource<Pod>({
  ...served(type),
  shortNames: ['po'],
  categories: ['all'],
  status: true,
  hasGeneration: true,
  subresources: [
    'attach',
    'binding',
    'ephemeralcontainers',
    'eviction',
    'exec',
    'log',
    'portforward',
    'proxy',
    'resize',
  ],
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
