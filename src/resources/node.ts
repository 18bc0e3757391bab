import type { Node } from '#api/core/v1.gen.ts'
import { nodes as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const nodes = defineResource<Node>({
  ...served(type),
  shortNames: ['no'],
  storageKey: 'minions',
  status: true,
  subresources: ['proxy'],
  allowCreateOnUpdate: false,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
