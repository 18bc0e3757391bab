/**
 * Groups of the community may only be extended with its approval.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apihelpers/helpers.go, v1.36.
 */
import type { CustomResourceDefinition } from '#api/apiextensions/v1.gen.ts'
import { invalidValue, required, type FieldError } from '#api/meta/field-error.ts'

const annotation = 'api-approved.kubernetes.io'

export type Approval =
  | { readonly state: 'missing' | 'invalid'; readonly reason: string }
  | { readonly state: 'approved' | 'bypassed'; readonly reason: string }

export function isProtectedGroup(group: string): boolean {
  return /(^|\.)(k8s|kubernetes)\.io$/.test(group)
}

export function approvalOf({ metadata }: CustomResourceDefinition): Approval {
  const value = metadata.annotations?.[annotation] ?? ''
  if (value === '') {
    const reason = `protected groups must have approval annotation "${annotation}", see https://github.com/kubernetes/enhancements/pull/1111`
    return { state: 'missing', reason }
  }
  if (value.startsWith('unapproved')) {
    return { state: 'bypassed', reason: `not approved: ${JSON.stringify(value)}` }
  }
  const url = URL.parse(value)
  if (url !== null && url.host !== '') return { state: 'approved', reason: `approved in ${value}` }
  const reason = `protected groups must have approval annotation "${annotation}" with either a URL or a reason starting with "unapproved", see https://github.com/kubernetes/enhancements/pull/1111`
  return { state: 'invalid', reason }
}

/** An approval that has not changed is not asked for again. */
export function approvalErrors(
  next: CustomResourceDefinition,
  prior?: CustomResourceDefinition,
): readonly FieldError[] {
  if (!isProtectedGroup(next.spec.group)) return []
  const { state, reason } = approvalOf(next)
  if (prior !== undefined && approvalOf(prior).state === state) return []
  const path = `metadata.annotations[${annotation}]`
  if (state === 'missing') return [required(path, reason)]
  if (state !== 'invalid') return []
  return [invalidValue(path, next.metadata.annotations?.[annotation], reason)]
}
