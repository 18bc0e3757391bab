/** Upstream: pkg/registry/apps/controllerrevision/strategy.go, pkg/apis/apps/validation/validation.go. */
import type { ControllerRevision } from '#api/apps/v1.gen.ts'
import { required, type FieldError } from '#api/meta/field-error.ts'
import { controllerOf, groupOf } from '#api/meta/owners.ts'
import { controllerrevisions as type } from '#api/resources.gen.ts'
import { checkImmutable, checkNotNegative } from './checks/checks.ts'
import { ageColumn, nameColumn, stringColumn } from './columns.ts'
import { subdomainName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const controllerRevisions = defineResource<ControllerRevision>({
  ...served(type),
  validateName: subdomainName,
  default(revision) {
    revision.revision ??= 0
  },
  validate,
  validateUpdate(next, prior) {
    const errors: FieldError[] = [...validate(next)]
    checkImmutable(next.data, prior.data, 'data', errors)
    return errors
  },
  columns: [
    nameColumn(),
    stringColumn('Controller', 'Controller of the object', controllerName),
    stringColumn(
      'Revision',
      'Revision indicates the revision of the state represented by Data.',
      ({ revision }) => revision,
    ),
    ageColumn(),
  ],
})

function controllerName(revision: ControllerRevision): string {
  const controller = controllerOf(revision)
  if (controller === undefined) return '<none>'
  const group = groupOf(controller.apiVersion)
  const kind = group === '' ? controller.kind : `${controller.kind}.${group}`
  return `${kind.toLowerCase()}/${controller.name}`
}

function validate(revision: ControllerRevision): readonly FieldError[] {
  const errors: FieldError[] = []
  if (revision.data === undefined) errors.push(required('data', 'data is mandatory'))
  checkNotNegative(revision.revision, 'revision', errors)
  return errors
}
