import type { HorizontalPodAutoscaler } from '#api/autoscaling/v2.gen.ts'
import { horizontalpodautoscalers } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const horizontalPodAutoscalers = defineResource<HorizontalPodAutoscaler>({
  ...served(horizontalpodautoscalers),
  shortNames: ['hpa'],
  categories: ['all'],
  status: true,
  validateName: subdomainName,
  columns: [nameColumn(), ageColumn()],
})
