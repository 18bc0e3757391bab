import type { PodDisruptionBudget } from '#api/policy/v1.gen.ts'
import { poddisruptionbudgets as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const podDisruptionBudgets = defineResource<PodDisruptionBudget>({
  ...served(type),
  shortNames: ['pdb'],
  status: true,
  hasGeneration: true,
  allowUnconditionalUpdate: false,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
