import type { ClusterRoleBinding, RoleBinding } from '#api/rbac/v1.gen.ts'
import { clusterrolebindings, rolebindings } from '#api/resources.gen.ts'
import { ageColumn, nameColumn } from './columns.ts'
import { pathSegmentName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const roleBindings = defineResource<RoleBinding>({
  ...served(rolebindings),
  validateName: pathSegmentName,
  columns: [nameColumn(), ageColumn()],
})

export const clusterRoleBindings = defineResource<ClusterRoleBinding>({
  ...served(clusterrolebindings),
  validateName: pathSegmentName,
  columns: [nameColumn(), ageColumn()],
})
