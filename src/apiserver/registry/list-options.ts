/**
 * Which combinations of list and watch options there are. Upstream:
 * staging/src/k8s.io/apimachinery/pkg/apis/meta/internalversion/validation/validation.go.
 */
import { forbiddenField, notSupported, type FieldError } from '#api/meta/field-error.ts'
import { badRequest, invalid } from '#api/meta/status.ts'
import type { ListParams, WatchParams } from './registry.ts'

/** Throws StatusError Invalid or BadRequest. */
export function validateListParams(params: ListParams): void {
  const { resourceVersion: version = '', resourceVersionMatch: match = '' } = params
  const continues = (params.continue ?? '') !== ''
  const errors: FieldError[] = []
  if (match !== '') {
    if (version === '') {
      errors.push(
        matchForbidden('resourceVersionMatch is forbidden unless resourceVersion is provided'),
      )
    }
    if (continues) errors.push(matchForbidden(forbiddenWithContinue))
    if (match !== 'Exact' && match !== 'NotOlderThan') {
      errors.push(notSupported('resourceVersionMatch', match, ['Exact', 'NotOlderThan', '']))
    }
    if (match === 'Exact' && version === '0') {
      const text = 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'
      errors.push(matchForbidden(text))
    }
  }
  refuse(errors)
  if (continues && version !== '' && version !== '0') {
    throw badRequest('specifying resource version is not allowed when using continue')
  }
}

/** Throws StatusError Invalid. */
export function validateWatchParams(params: WatchParams): void {
  const { resourceVersionMatch: match = '', sendInitialEvents } = params
  const errors: FieldError[] = []
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    const text = 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'
    errors.push(matchForbidden(text))
  }
  if (match !== '') {
    if (sendInitialEvents === undefined) {
      const text =
        'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'
      errors.push(matchForbidden(text))
    }
    if (match !== 'NotOlderThan') {
      errors.push(notSupported('resourceVersionMatch', match, ['NotOlderThan']))
    }
  }
  refuse(errors)
}

const forbiddenWithContinue = 'resourceVersionMatch is forbidden when continue is provided'

function matchForbidden(detail: string): FieldError {
  return forbiddenField('resourceVersionMatch', detail)
}

function refuse(errors: readonly FieldError[]): void {
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors)
}
