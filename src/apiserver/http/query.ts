/**
 * Query parameters → options, with upstream's conversions and refusals.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go,
 * …/apis/meta/internalversion/validation/validation.go and pkg/conversion/queryparams, v1.36.
 */
import { forbiddenField, invalidValue, notSupported, required } from '#api/meta/field-error.ts'
import { badRequest, invalid } from '#api/meta/status.ts'
import type { FieldError } from '#api/meta/field-error.ts'
import type { DeleteOptions } from '#api/meta/v1.gen.ts'
import type { FieldValidation, ListParams, WatchParams } from '#apiserver/registry/registry.ts'
import { limits } from './limits.ts'

/** Undefined when absent; `false` and `0` are false, everything else (also nothing) is true. */
export function booleanParameter(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name)
  if (value === null) return undefined
  return value.toLowerCase() !== 'false' && value !== '0'
}

/** Undefined when absent; throws BadRequest in strconv's words. */
export function integerParameter(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name)
  if (value === null) return undefined
  if (!/^[+-]?\d+$/.test(value)) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`)
  }
  const wide = BigInt(value.replace(/^\+/, ''))
  if (BigInt.asIntN(64, wide) !== wide) {
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value)}: value out of range`)
  }
  return Number(wide)
}

const empty: ListParams = { limit: 0 }

/** Throws BadRequest for malformed numbers and Invalid for options that contradict each other. */
export function listParams(query: URLSearchParams): ListParams {
  if (query.size === 0) return empty
  const params = {
    ...selection(query),
    limit: integerParameter(query, 'limit') ?? 0,
    ...text(query, 'continue'),
    ...text(query, 'resourceVersion'),
    ...text(query, 'resourceVersionMatch'),
  }
  refuse('ListOptions', listErrors(params, booleanParameter(query, 'sendInitialEvents')))
  return params
}

/** Throws as `listParams` does. */
export function watchParams(query: URLSearchParams, name: string): WatchParams {
  const sendInitialEvents = booleanParameter(query, 'sendInitialEvents')
  integerParameter(query, 'limit')
  const params = {
    ...selection(query),
    ...text(query, 'resourceVersion'),
    ...text(query, 'resourceVersionMatch'),
    allowBookmarks: booleanParameter(query, 'allowWatchBookmarks') ?? false,
    ...(sendInitialEvents === undefined ? {} : { sendInitialEvents }),
    ...(name === '' ? {} : { name }),
  }
  refuse('ListOptions', watchErrors(params, query.get('continue') ?? ''))
  return params
}

/** Seconds asked for by `timeoutSeconds`; undefined when absent or 0. */
export function watchTimeoutMs(query: URLSearchParams): number | undefined {
  const seconds = integerParameter(query, 'timeoutSeconds') ?? 0
  return seconds > 0 ? seconds * 1000 : undefined
}

type Named =
  | 'labelSelector'
  | 'fieldSelector'
  | 'continue'
  | 'resourceVersion'
  | 'resourceVersionMatch'

function text<Name extends Named>(query: URLSearchParams, name: Name): { [K in Name]?: string } {
  const value = query.get(name)
  const found: { [K in Name]?: string } = {}
  if (value !== null && value !== '') found[name] = value
  return found
}

function selection(query: URLSearchParams): { labelSelector?: string; fieldSelector?: string } {
  return { ...text(query, 'labelSelector'), ...text(query, 'fieldSelector') }
}

function listErrors(params: ListParams, sendInitialEvents: boolean | undefined): FieldError[] {
  const errors: FieldError[] = []
  const field = 'resourceVersionMatch'
  const match = params.resourceVersionMatch
  if (match !== undefined) {
    if (params.resourceVersion === undefined) {
      errors.push(forbiddenField(field, `${field} is forbidden unless resourceVersion is provided`))
    }
    if (params.continue !== undefined) {
      errors.push(forbiddenField(field, `${field} is forbidden when continue is provided`))
    }
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(notSupported(field, match, ['Exact', 'NotOlderThan', '']))
    }
    if (match === 'Exact' && params.resourceVersion === '0') {
      errors.push(forbiddenField(field, `${field} "exact" is forbidden for resourceVersion "0"`))
    }
  }
  if (sendInitialEvents !== undefined) {
    errors.push(forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  }
  return errors
}

function watchErrors(params: WatchParams, continueToken: string): FieldError[] {
  const errors: FieldError[] = []
  const field = 'resourceVersionMatch'
  const match = params.resourceVersionMatch
  if (params.sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(
      forbiddenField(field, `sendInitialEvents requires setting ${field} to NotOlderThan`),
    )
  }
  if (match === undefined) return errors
  if (params.sendInitialEvents === undefined) {
    errors.push(
      forbiddenField(field, `${field} is forbidden for watch unless sendInitialEvents is provided`),
    )
  }
  if (match !== 'NotOlderThan') errors.push(notSupported(field, match, ['NotOlderThan']))
  if (continueToken !== '') {
    errors.push(forbiddenField(field, `${field} is forbidden when continue is provided`))
  }
  return errors
}

export interface WriteParams {
  readonly dryRun: boolean
  /** '' when not given. */
  readonly fieldManager: string
  readonly fieldValidation: FieldValidation
  readonly force: boolean
}

export type WriteOptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions'

const plainWrite: WriteParams = {
  dryRun: false,
  fieldManager: '',
  fieldValidation: 'Warn',
  force: false,
}

/** Throws Invalid as upstream's ValidateCreateOptions, …UpdateOptions, …PatchOptions. */
export function writeParams(
  query: URLSearchParams,
  kind: WriteOptionsKind,
  isApply: boolean,
): WriteParams {
  if (query.size === 0 && !isApply) return plainWrite
  const fieldManager = query.get('fieldManager') ?? ''
  const fieldValidation = query.get('fieldValidation') ?? ''
  const force = booleanParameter(query, 'force')
  const errors: FieldError[] = []
  if (kind === 'PatchOptions') {
    if (isApply && fieldManager === '') {
      errors.push(required('fieldManager', 'is required for apply patch'))
    }
    if (!isApply && force !== undefined) {
      errors.push(forbiddenField('force', 'may not be specified for non-apply patch'))
    }
  }
  errors.push(...fieldManagerErrors(fieldManager), ...dryRunErrors(query.getAll('dryRun')))
  if (!isFieldValidation(fieldValidation) && fieldValidation !== '') {
    errors.push(notSupported('fieldValidation', fieldValidation, ['', 'Ignore', 'Strict', 'Warn']))
  }
  refuse(kind, errors)
  return {
    dryRun: query.has('dryRun'),
    fieldManager,
    fieldValidation: isFieldValidation(fieldValidation) ? fieldValidation : 'Warn',
    force: force ?? false,
  }
}

function isFieldValidation(value: string): value is FieldValidation {
  return value === 'Strict' || value === 'Warn' || value === 'Ignore'
}

function fieldManagerErrors(manager: string): FieldError[] {
  const errors: FieldError[] = []
  const max = limits.fieldManagerLengthMax
  if (Buffer.byteLength(manager) > max) {
    errors.push({
      type: 'TooLong',
      field: 'fieldManager',
      value: manager,
      detail: `may not be more than ${max} bytes`,
    })
  }
  const odd = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.exec(manager)
  if (odd !== null) {
    errors.push(invalidValue('fieldManager', manager, 'should only contain printable characters'))
  }
  return errors
}

function dryRunErrors(values: readonly string[]): FieldError[] {
  if (values.every((value) => value === 'All')) return []
  return [notSupported('dryRun', values, ['All'])]
}

/** From the query, for a delete without a body. */
export function deleteOptionsFromQuery(query: URLSearchParams): Partial<DeleteOptions> {
  if (query.size === 0) return {}
  const gracePeriodSeconds = integerParameter(query, 'gracePeriodSeconds')
  const orphanDependents = booleanParameter(query, 'orphanDependents')
  const propagationPolicy = query.get('propagationPolicy')
  const dryRun = query.getAll('dryRun')
  return {
    ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
    ...(orphanDependents === undefined ? {} : { orphanDependents }),
    ...(propagationPolicy === null ? {} : { propagationPolicy }),
    ...(dryRun.length === 0 ? {} : { dryRun }),
  }
}

/** Throws Invalid as upstream's ValidateDeleteOptions. */
export function checkDeleteOptions(options: Partial<DeleteOptions>): void {
  const errors: FieldError[] = []
  const policy = options.propagationPolicy
  if (options.orphanDependents !== undefined && policy !== undefined) {
    errors.push(
      invalidValue(
        'propagationPolicy',
        policy,
        'orphanDependents and deletionPropagation cannot be both set',
      ),
    )
  }
  if (policy !== undefined && !['Foreground', 'Background', 'Orphan'].includes(policy)) {
    errors.push(
      notSupported('propagationPolicy', policy, ['Foreground', 'Background', 'Orphan', 'nil']),
    )
  }
  errors.push(...dryRunErrors(options.dryRun ?? []))
  refuse('DeleteOptions', errors)
}

function refuse(kind: string, errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', errors)
}
