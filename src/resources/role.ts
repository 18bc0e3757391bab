/** Upstream: pkg/registry/rbac/role, clusterrole; pkg/apis/rbac/validation/validation.go. */
import type { ClusterRole, PolicyRule, Role } from '#api/rbac/v1.gen.ts'
import { invalidValue, required, type FieldError } from '#api/meta/field-error.ts'
import { clusterroles, roles as rolesType } from '#api/resources.gen.ts'
import type { Errors } from './checks/checks.ts'
import { checkLabelSelector } from './checks/label-selector.ts'
import { createdAtColumn, nameColumn } from './columns.ts'
import { pathSegmentName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const roles = defineResource<Role>({
  ...served(rolesType),
  validateName: pathSegmentName,
  validate: validateRole,
  validateUpdate: validateRole,
  columns: [nameColumn(), createdAtColumn()],
})

export const clusterRoles = defineResource<ClusterRole>({
  ...served(clusterroles),
  validateName: pathSegmentName,
  validate: validateClusterRole,
  validateUpdate: validateClusterRole,
  columns: [nameColumn(), createdAtColumn()],
})

function validateRole(role: Role): readonly FieldError[] {
  const errors: FieldError[] = []
  role.rules?.forEach((rule, at) => {
    const path = `rules[${at}]`
    checkVerbs(rule, path, errors)
    if ((rule.nonResourceURLs ?? []).length > 0) {
      const detail = 'namespaced rules cannot apply to non-resource URLs'
      errors.push(invalidValue(`${path}.nonResourceURLs`, rule.nonResourceURLs, detail))
    }
    checkRule(rule, path, errors)
  })
  return errors
}

function validateClusterRole(role: ClusterRole): readonly FieldError[] {
  const errors: FieldError[] = []
  role.rules?.forEach((rule, at) => {
    checkVerbs(rule, `rules[${at}]`, errors)
    checkRule(rule, `rules[${at}]`, errors)
  })
  if (role.aggregationRule === undefined) return errors
  const path = 'aggregationRule.clusterRoleSelectors'
  const selectors = role.aggregationRule.clusterRoleSelectors ?? []
  if (selectors.length === 0) {
    const detail = 'at least one clusterRoleSelector required if aggregationRule is non-nil'
    errors.push(required(path, detail))
  }
  selectors.forEach((selector, at) => checkLabelSelector(selector, `${path}[${at}]`, errors))
  return errors
}

function checkVerbs(rule: PolicyRule, path: string, errors: Errors): void {
  if ((rule.verbs ?? []).length > 0) return
  errors.push(required(`${path}.verbs`, 'verbs must contain at least one value'))
}

/** About resources or about URLs, not both. */
function checkRule(rule: PolicyRule, path: string, errors: Errors): void {
  const { apiGroups = [], resources = [], resourceNames = [], nonResourceURLs = [] } = rule
  if (nonResourceURLs.length > 0) {
    if (apiGroups.length + resources.length + resourceNames.length === 0) return
    const detail = 'rules cannot apply to both regular resources and non-resource URLs'
    errors.push(invalidValue(`${path}.nonResourceURLs`, nonResourceURLs, detail))
    return
  }
  if (apiGroups.length === 0) {
    const detail = 'resource rules must supply at least one api group'
    errors.push(required(`${path}.apiGroups`, detail))
  }
  if (resources.length === 0) {
    const detail = 'resource rules must supply at least one resource'
    errors.push(required(`${path}.resources`, detail))
  }
}
