/**
 * The rules of metadata, for every kind.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go.
 */
import {
  forbiddenField,
  invalidValue,
  required,
  tooLong,
  type FieldError,
} from '#api/meta/field-error.ts'
import { validateDns1123Label, validateLabelValue, validateQualifiedName } from '#api/meta/names.ts'
import type { ObjectMeta, OwnerReference } from '#api/meta/v1.gen.ts'
import type { Resource } from '#resources/resource.ts'

/** Upstream's TotalAnnotationSizeLimitB. */
const annotationsBytesMax = 256 * 1024
const orphan = 'orphan'
const foreground = 'foregroundDeletion'

export function validateMetadata(row: Resource, metadata: ObjectMeta): FieldError[] {
  return [...validateNames(row, metadata), ...validateContent(metadata)]
}

export function validateMetadataUpdate(next: ObjectMeta, prior: ObjectMeta): FieldError[] {
  return [
    ...validateNoNewFinalizers(next, prior),
    ...validateVersions(next, prior),
    ...validateImmutables(next, prior),
    ...validateContent(next),
  ]
}

function validateNames(row: Resource, metadata: ObjectMeta): FieldError[] {
  const { name, generateName = '', namespace = '' } = metadata
  const errors: FieldError[] = []
  const check = (field: string, value: string, messages: readonly string[]): void => {
    for (const text of messages) errors.push(invalidValue(`metadata.${field}`, value, text))
  }
  if (generateName !== '') check('generateName', generateName, row.validateName(generateName, true))
  if (name === undefined || name === '') {
    errors.push(required('metadata.name', 'name or generateName is required'))
  } else {
    check('name', name, row.validateName(name, false))
  }
  if (!row.namespaced) {
    if (namespace !== '')
      errors.push(forbiddenField('metadata.namespace', 'not allowed on this type'))
  } else if (namespace === '') {
    errors.push(required('metadata.namespace', ''))
  } else {
    check('namespace', namespace, validateDns1123Label(namespace))
  }
  if ((metadata.generation ?? 0) < 0) {
    const text = 'must be greater than or equal to 0'
    errors.push(invalidValue('metadata.generation', metadata.generation, text))
  }
  return errors
}

function validateContent(metadata: ObjectMeta): FieldError[] {
  return [
    ...validateLabels(metadata.labels ?? {}),
    ...validateAnnotations(metadata.annotations ?? {}),
    ...validateOwnerReferences(metadata.ownerReferences ?? []),
    ...validateFinalizers(metadata.finalizers ?? []),
  ]
}

function validateLabels(labels: Readonly<Record<string, string>>): FieldError[] {
  const errors: FieldError[] = []
  for (const [key, value] of Object.entries(labels)) {
    for (const text of validateQualifiedName(key)) {
      errors.push(invalidValue('metadata.labels', key, text))
    }
    for (const text of validateLabelValue(value)) {
      errors.push(invalidValue('metadata.labels', value, text))
    }
  }
  return errors
}

function validateAnnotations(annotations: Readonly<Record<string, string>>): FieldError[] {
  const errors: FieldError[] = []
  let bytes = 0
  for (const [key, value] of Object.entries(annotations)) {
    for (const text of validateQualifiedName(key.toLowerCase())) {
      errors.push(invalidValue('metadata.annotations', key, text))
    }
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (bytes > annotationsBytesMax) {
    errors.push(tooLong('metadata.annotations', '', annotationsBytesMax))
  }
  return errors
}

function validateOwnerReferences(owners: readonly OwnerReference[]): FieldError[] {
  const path = 'metadata.ownerReferences'
  const errors: FieldError[] = []
  let controller: string | undefined
  for (const owner of owners) {
    const version = owner.apiVersion.split('/').at(-1) ?? ''
    if (version === '') {
      errors.push(invalidValue(`${path}.apiVersion`, owner.apiVersion, 'version must not be empty'))
    }
    for (const field of ['kind', 'name', 'uid'] as const) {
      if (owner[field] !== '') continue
      errors.push(invalidValue(`${path}.${field}`, owner[field], 'must not be empty'))
    }
    if (owner.kind === 'Event' && owner.apiVersion === 'v1') {
      errors.push(invalidValue(path, owner, '/v1, Kind=Event is disallowed from being an owner'))
    }
    if (owner.controller !== true) continue
    if (controller !== undefined) {
      const text = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${owner.name}`
      errors.push(invalidValue(path, owners, text))
    }
    controller = owner.name
  }
  return errors
}

function validateFinalizers(finalizers: readonly string[]): FieldError[] {
  const path = 'metadata.finalizers'
  const errors = finalizers.flatMap((finalizer) =>
    validateQualifiedName(finalizer).map((text) => invalidValue(path, finalizer, text)),
  )
  if (finalizers.includes(orphan) && finalizers.includes(foreground)) {
    const text = `finalizer ${orphan} and ${foreground} cannot be both set`
    errors.push(invalidValue(path, finalizers, text))
  }
  return errors
}

function validateNoNewFinalizers(next: ObjectMeta, prior: ObjectMeta): FieldError[] {
  if (prior.deletionTimestamp === undefined) return []
  const added = (next.finalizers ?? []).filter((name) => prior.finalizers?.includes(name) !== true)
  if (added.length === 0) return []
  const listed = `[]string{${[...new Set(added)]
    .sort()
    .map((name) => JSON.stringify(name))
    .join(', ')}}`
  return [
    forbiddenField(
      'metadata.finalizers',
      `no new finalizers can be added if the object is being deleted, found new finalizers ${listed}`,
    ),
  ]
}

function validateVersions(next: ObjectMeta, prior: ObjectMeta): FieldError[] {
  const errors: FieldError[] = []
  if ((next.resourceVersion ?? '') === '') {
    errors.push(invalidValue('metadata.resourceVersion', '', 'must be specified for an update'))
  }
  if ((next.generation ?? 0) < (prior.generation ?? 0)) {
    const text = 'must not be decremented'
    errors.push(invalidValue('metadata.generation', next.generation ?? 0, text))
  }
  return errors
}

const immutables = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const

function validateImmutables(next: ObjectMeta, prior: ObjectMeta): FieldError[] {
  return immutables
    .filter((field) => (next[field] ?? '') !== (prior[field] ?? ''))
    .map((field) => invalidValue(`metadata.${field}`, next[field], 'field is immutable'))
}
