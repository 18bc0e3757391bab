import type { ClusterRole, Role } from '#api/rbac/v1.gen.ts'
import { clusterroles, roles as rolesType } from '#api/resources.gen.ts'
import { createdAtColumn, nameColumn } from './columns.ts'
import { pathSegmentName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const roles = defineResource<Role>({
  ...served(rolesType),
  validateName: pathSegmentName,
  columns: [nameColumn(), createdAtColumn()],
})

export const clusterRoles = defineResource<ClusterRole>({
  ...served(clusterroles),
  validateName: pathSegmentName,
  columns: [nameColumn(), createdAtColumn()],
})
