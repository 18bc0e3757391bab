/** Upstream: pkg/registry/rbac/rolebinding, clusterrolebinding; pkg/apis/rbac/validation/validation.go. */
import type { ClusterRoleBinding, RoleBinding, RoleRef, Subject } from '#api/rbac/v1.gen.ts'
import { invalidValue, notSupported, required, type FieldError } from '#api/meta/field-error.ts'
import { validateDns1123Subdomain, validatePathSegment } from '#api/meta/names.ts'
import { clusterrolebindings, rolebindings } from '#api/resources.gen.ts'
import { checkSupported, empty, refuse, type Errors } from './checks/checks.ts'
import { semanticEqual } from './checks/equality.ts'
import { ageColumn, nameColumn, stringColumn, wide } from './columns.ts'
import { pathSegmentName } from './names.ts'
import { defineResource, type Column } from './resource.ts'
import { served } from './served.ts'

const group = 'rbac.authorization.k8s.io'

type Binding = RoleBinding | ClusterRoleBinding

export const roleBindings = defineResource<RoleBinding>({
  ...served(rolebindings),
  validateName: pathSegmentName,
  default: defaultBinding,
  validate: validateRoleBinding,
  validateUpdate: (next, prior) => [...refChange(next, prior), ...validateRoleBinding(next)],
  columns: bindingColumns('roleBinding'),
})

export const clusterRoleBindings = defineResource<ClusterRoleBinding>({
  ...served(clusterrolebindings),
  validateName: pathSegmentName,
  default: defaultBinding,
  validate: validateClusterBinding,
  validateUpdate: (next, prior) => [...refChange(next, prior), ...validateClusterBinding(next)],
  columns: bindingColumns('clusterRoleBinding'),
})

function defaultBinding(binding: Binding): void {
  if (binding.roleRef !== undefined) binding.roleRef.apiGroup ||= group
  for (const subject of binding.subjects ?? []) {
    if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= group
  }
}

function bindingColumns<T extends Binding>(called: string): readonly Column<T>[] {
  const names =
    (kind: string) =>
    (binding: T): string =>
      (binding.subjects ?? [])
        .filter((subject) => subject.kind === kind)
        .map(({ namespace, name }) => (kind === 'ServiceAccount' ? `${namespace}/${name}` : name))
        .join(', ')
  return [
    nameColumn(),
    stringColumn(
      'Role',
      'RoleRef references the role that is bound. This field is immutable.',
      ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`,
    ),
    ageColumn(),
    wide(stringColumn('Users', `Users in the ${called}`, names('User'))),
    wide(stringColumn('Groups', `Groups in the ${called}`, names('Group'))),
    wide(
      stringColumn('ServiceAccounts', `ServiceAccounts in the ${called}`, names('ServiceAccount')),
    ),
  ]
}

function refChange(next: Binding, prior: Binding): readonly FieldError[] {
  if (semanticEqual(next.roleRef, prior.roleRef)) return []
  return [invalidValue('roleRef', next.roleRef, 'cannot change roleRef')]
}

function validateRoleBinding(binding: RoleBinding): readonly FieldError[] {
  return validate(binding, ['Role', 'ClusterRole'], 'namespaced')
}

function validateClusterBinding(binding: ClusterRoleBinding): readonly FieldError[] {
  return validate(binding, ['ClusterRole'], 'cluster')
}

function validate(
  binding: Binding,
  kinds: readonly string[],
  scope: 'namespaced' | 'cluster',
): readonly FieldError[] {
  const errors: FieldError[] = []
  const { kind, name, apiGroup }: Partial<RoleRef> = binding.roleRef ?? {}
  checkSupported(apiGroup ?? '', [group], 'roleRef.apiGroup', errors)
  checkSupported(kind ?? '', kinds, 'roleRef.kind', errors)
  if (empty(name)) errors.push(required('roleRef.name', ''))
  else refuse(errors, 'roleRef.name', name, validatePathSegment(name))
  binding.subjects?.forEach((subject, at) => {
    checkSubject(subject, scope, `subjects[${at}]`, errors)
  })
  return errors
}

function checkSubject(
  subject: Subject,
  scope: 'namespaced' | 'cluster',
  path: string,
  errors: Errors,
): void {
  const apiGroup = subject.apiGroup ?? ''
  if (empty(subject.name)) errors.push(required(`${path}.name`, ''))
  switch (subject.kind ?? '') {
    case 'ServiceAccount':
      if (!empty(subject.name)) {
        refuse(errors, `${path}.name`, subject.name, validateDns1123Subdomain(subject.name))
      }
      checkSupported(apiGroup, [''], `${path}.apiGroup`, errors)
      if (scope === 'cluster' && empty(subject.namespace)) {
        errors.push(required(`${path}.namespace`, ''))
      }
      break
    case 'User':
    case 'Group':
      checkSupported(apiGroup, [group], `${path}.apiGroup`, errors)
      break
    default:
      errors.push(
        notSupported(`${path}.kind`, subject.kind ?? '', ['ServiceAccount', 'User', 'Group']),
      )
  }
}
