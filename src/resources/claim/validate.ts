/** Upstream: pkg/apis/core/validation/validation.go, ValidatePersistentVolumeClaim and its updates. */
import type {
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  TypedLocalObjectReference,
  TypedObjectReference,
} from '#api/core/v1.gen.ts'
import {
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  type FieldError,
} from '#api/meta/field-error.ts'
import {
  validateDns1123Label,
  validateDns1123Subdomain,
  validateQualifiedName,
} from '#api/meta/names.ts'
import {
  checkImmutable,
  checkRequired,
  checkSupported,
  empty,
  fieldImmutable,
  refuse,
  type Errors,
} from '#resources/checks/checks.ts'
import { difference } from '#resources/checks/difference.ts'
import { semanticEqual } from '#resources/checks/equality.ts'
import { checkLabelSelector } from '#resources/checks/label-selector.ts'
import {
  checkQuantityPositive,
  checkResourceQuantity,
  compareResources,
  isNativeResource,
  isNegative,
} from '#resources/checks/resources.ts'

export const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod']
export const volumeModes = ['Block', 'Filesystem']

export function validateClaim(claim: PersistentVolumeClaim): readonly FieldError[] {
  const errors: FieldError[] = []
  checkClaimSpec(claim.spec ?? {}, 'spec', errors)
  return errors
}

export function checkClaimSpec(
  spec: PersistentVolumeClaimSpec,
  path: string,
  errors: Errors,
): void {
  if ((spec.accessModes ?? []).length === 0) {
    errors.push(required(`${path}.accessModes`, 'at least 1 access mode is required'))
  }
  checkLabelSelector(spec.selector, `${path}.selector`, errors)
  checkAccessModes(spec.accessModes ?? [], path, errors)
  checkRequestedStorage(spec, `${path}.resources[storage]`, errors)
  checkClassName(spec.storageClassName, `${path}.storageClassName`, errors)
  checkSupported(spec.volumeMode, volumeModes, `${path}.volumeMode`, errors)
  checkDataSources(spec, path, errors)
  checkClassName(spec.volumeAttributesClassName, `${path}.volumeAttributesClassName`, errors)
}

export function checkAccessModes(modes: readonly string[], path: string, errors: Errors): void {
  for (const mode of modes) {
    checkSupported(mode, accessModes, `${path}.accessModes`, errors)
  }
  const known = modes.filter((mode) => accessModes.includes(mode))
  if (known.includes('ReadWriteOncePod') && known.some((mode) => mode !== 'ReadWriteOncePod')) {
    errors.push(
      forbiddenField(`${path}.accessModes`, 'may not use ReadWriteOncePod with other access modes'),
    )
  }
}

function checkRequestedStorage(
  spec: PersistentVolumeClaimSpec,
  path: string,
  errors: Errors,
): void {
  const storage = spec.resources?.requests?.['storage']
  if (storage === undefined) errors.push(required(path, ''))
  else checkQuantityPositive(storage, path, errors)
}

export function checkClassName(name: string | undefined, path: string, errors: Errors): void {
  if (!empty(name)) refuse(errors, path, name, validateDns1123Subdomain(name))
}

function checkDataSources(spec: PersistentVolumeClaimSpec, path: string, errors: Errors): void {
  const { dataSource, dataSourceRef } = spec
  if (dataSource !== undefined) checkDataSource(dataSource, `${path}.dataSource`, errors)
  if (dataSourceRef === undefined) return
  checkDataSource(dataSourceRef, `${path}.dataSourceRef`, errors)
  const { namespace } = dataSourceRef
  if (!empty(namespace)) {
    const messages = validateDns1123Label(namespace)
    refuse(errors, `${path}.dataSourceRef.namespace`, namespace, messages)
  }
  if (dataSource === undefined) return
  if (!empty(namespace)) {
    const detail = 'may not be specified when dataSourceRef.namespace is specified'
    errors.push(invalidValue(path, `${path}.dataSource`, detail))
  } else if (!sameSource(dataSource, dataSourceRef)) {
    errors.push(invalidValue(path, `${path}.dataSource`, 'must match dataSourceRef'))
  }
}

function sameSource(a: TypedLocalObjectReference, b: TypedObjectReference): boolean {
  return a.apiGroup === b.apiGroup && a.kind === b.kind && a.name === b.name
}

function checkDataSource(source: TypedLocalObjectReference, path: string, errors: Errors): void {
  checkRequired(source.name, `${path}.name`, errors)
  checkRequired(source.kind, `${path}.kind`, errors)
  if (empty(source.apiGroup)) {
    if (source.kind === 'PersistentVolumeClaim') return
    const detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
    errors.push(invalidValue(path, source.kind ?? '', detail))
  } else {
    refuse(errors, `${path}.apiGroup`, source.apiGroup, validateDns1123Subdomain(source.apiGroup))
  }
}

const betaClass = 'volume.beta.kubernetes.io/storage-class'

export function validateClaimUpdate(
  next: PersistentVolumeClaim,
  prior: PersistentVolumeClaim,
): readonly FieldError[] {
  const errors: FieldError[] = [...validateClaim(next)]
  if (!isClassMoved(next, prior)) {
    const value = next.metadata.annotations?.[betaClass] ?? ''
    if (value !== (prior.metadata.annotations?.[betaClass] ?? '')) {
      errors.push(invalidValue(`metadata.annotations.${betaClass}`, value, fieldImmutable))
    }
  }
  checkSpecUnchanged(next, prior, errors)
  checkStorageNotShrunk(next, prior, errors)
  checkImmutable(next.spec.volumeMode, prior.spec.volumeMode, 'volumeMode', errors)
  checkAttributesClassKept(
    next.spec.volumeAttributesClassName,
    prior.spec.volumeAttributesClassName,
    errors,
  )
  return errors
}

/** The class went from the old annotation to the field. */
function isClassMoved(next: PersistentVolumeClaim, prior: PersistentVolumeClaim): boolean {
  const before = prior.metadata.annotations?.[betaClass]
  const after = next.metadata.annotations?.[betaClass]
  if (before === undefined || prior.spec.storageClassName !== undefined) return false
  return next.spec.storageClassName === before && (after === undefined || after === before)
}

/** A class may be given once to a claim that has none. */
function isClassGiven(next: PersistentVolumeClaim, prior: PersistentVolumeClaim): boolean {
  const annotated = prior.metadata.annotations?.[betaClass]
  const given = next.spec.storageClassName
  if (given === undefined || prior.spec.storageClassName !== undefined) return false
  return annotated === undefined || annotated === given
}

function checkSpecUnchanged(
  next: PersistentVolumeClaim,
  prior: PersistentVolumeClaim,
  errors: Errors,
): void {
  const asked = { ...next.spec }
  const before = { ...prior.spec }
  if (empty(before.volumeName)) delete asked.volumeName
  if (isClassMoved(next, prior) || isClassGiven(next, prior)) delete asked.storageClassName
  if (next.status?.phase === 'Bound' && asked.resources?.requests !== undefined) {
    const requests: Record<string, string> = { ...asked.resources.requests }
    const storage = before.resources?.requests?.['storage']
    if (storage !== undefined) requests['storage'] = storage
    asked.resources = { ...asked.resources, requests }
  }
  delete asked.volumeAttributesClassName
  delete before.volumeAttributesClassName
  if (empty(before.volumeName)) delete before.volumeName
  if (semanticEqual(asked, before)) return
  errors.push(
    forbiddenField(
      'spec',
      `spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n${difference(before, asked)}`,
    ),
  )
}

function checkStorageNotShrunk(
  next: PersistentVolumeClaim,
  prior: PersistentVolumeClaim,
  errors: Errors,
): void {
  const asked = next.spec.resources?.requests?.['storage'] ?? '0'
  const before = prior.spec.resources?.requests?.['storage'] ?? '0'
  if (compareResources(asked, before) >= 0) return
  const capacity = prior.status?.capacity?.['storage'] ?? '0'
  if (compareResources(asked, capacity) > 0) return
  const path = 'spec.resources.requests.storage'
  errors.push(forbiddenField(path, 'field can not be less than status.capacity'))
}

function checkAttributesClassKept(
  next: string | undefined,
  prior: string | undefined,
  errors: Errors,
): void {
  if (prior === undefined || !empty(next)) return
  const to = next === undefined ? 'nil' : 'an empty string'
  errors.push(
    forbiddenField(
      'spec.volumeAttributesClassName',
      `update from non-nil value to ${to} is forbidden`,
    ),
  )
}

const resizeStates = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
].toSorted()

export function validateClaimStatusUpdate(next: PersistentVolumeClaim): readonly FieldError[] {
  const errors: FieldError[] = []
  if ((next.spec.accessModes ?? []).length === 0) errors.push(required('Spec.accessModes', ''))
  const status = next.status ?? {}
  for (const [name, quantity] of Object.entries(status.capacity ?? {})) {
    if (!isNegative(quantity)) continue
    const detail = 'must be a valid resource quantity'
    errors.push(invalidValue(`status.capacity[${name}]`, quantity, detail))
  }
  for (const [name, state] of Object.entries(status.allocatedResourceStatuses ?? {})) {
    checkResourceKey(name, 'status.allocatedResourceStatus', errors)
    checkSupported(state, resizeStates, 'status.allocatedResourceStatus', errors)
  }
  for (const [name, quantity] of Object.entries(status.allocatedResources ?? {})) {
    checkResourceKey(name, 'status.allocatedResources', errors)
    checkResourceQuantity('storage', quantity, `status.allocatedResources[${name}]`, errors)
  }
  return errors
}

function checkResourceKey(name: string, path: string, errors: Errors): void {
  const messages = validateQualifiedName(name)
  refuse(errors, path, name, messages)
  if (messages.length === 0 && isNativeResource(name) && name !== 'storage') {
    errors.push(notSupported(path, name, ['storage']))
  }
}
