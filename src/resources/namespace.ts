/** Upstream: pkg/registry/core/namespace/strategy.go, pkg/apis/core/validation/validation.go. */
import type { Namespace } from '#api/core/v1.gen.ts'
import { invalidValue, type FieldError } from '#api/meta/field-error.ts'
import { validateQualifiedName } from '#api/meta/names.ts'
import { namespaces as type } from '#api/resources.gen.ts'
import { refuse } from './checks/checks.ts'
import { ageColumn, nameColumn, stringColumn } from './columns.ts'
import { keepSpec, keepStatus } from './generation.ts'
import { labelName } from './names.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

const own = 'kubernetes'
const nameLabel = 'kubernetes.io/metadata.name'

export const namespaces = defineResource<Namespace>({
  ...served(type),
  shortNames: ['ns'],
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  status: true,
  subresources: ['finalize'],
  returnsDeletedObject: true,
  validateName: labelName,
  default(namespace) {
    namespace.spec ??= {}
    namespace.status ??= {}
    if (namespace.metadata.name) labelWithName(namespace)
  },
  prepareForCreate(namespace) {
    labelWithName(namespace)
    namespace.status = { phase: 'Active' }
    const spec = (namespace.spec ??= {})
    if (spec.finalizers?.includes(own) !== true) {
      spec.finalizers = [...(spec.finalizers ?? []), own]
    }
  },
  prepareForUpdate(next, prior) {
    keepSpec(next, prior)
    keepStatus(next, prior)
  },
  prepareForStatusUpdate: keepSpec,
  prepareForDelete(namespace) {
    delete namespace.metadata.deletionGracePeriodSeconds // upstream's namespaces have none
    namespace.status = { ...namespace.status, phase: 'Terminating' }
  },
  extraFinalizers: (namespace) => namespace.spec?.finalizers ?? [],
  validate: validateFinalizers,
  validateStatusUpdate: validatePhase,
  subresourceUpdates: {
    finalize: { prepareForUpdate: keepStatus, validateUpdate: validateFinalizers },
  },
  columns: [
    nameColumn(),
    stringColumn('Status', 'The status of the namespace', ({ status }) => status?.phase ?? ''),
    ageColumn(),
  ],
  selectableFields: {
    'status.phase': ({ status }) => status?.phase ?? '',
    name: ({ metadata }) => metadata.name,
  },
})

/** Every namespace can be selected by its name. */
function labelWithName(namespace: Namespace): void {
  const labels = (namespace.metadata.labels ??= {})
  labels[nameLabel] = namespace.metadata.name
}

const standardFinalizers = [own, 'orphan', 'foregroundDeletion']

function validateFinalizers(namespace: Namespace): readonly FieldError[] {
  const errors: FieldError[] = []
  namespace.spec?.finalizers?.forEach((finalizer, at) => {
    const path = `spec.finalizers[${at}]`
    refuse(errors, path, finalizer, validateQualifiedName(finalizer))
    if (finalizer.includes('/') || standardFinalizers.includes(finalizer)) return
    const detail = 'name is neither a standard finalizer name nor is it fully qualified'
    errors.push(invalidValue(path, finalizer, detail))
  })
  return errors
}

function validatePhase(namespace: Namespace): readonly FieldError[] {
  const phase = namespace.status?.phase ?? ''
  const dying = namespace.metadata.deletionTimestamp !== undefined
  const expected = dying ? 'Terminating' : 'Active'
  if (phase === expected) return []
  const detail = `may only be '${expected}' if \`deletionTimestamp\` is ${dying ? 'not ' : ''}empty`
  return [invalidValue('status.Phase', phase, detail)]
}
