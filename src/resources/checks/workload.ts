/** What the kinds that keep pods of a template have in common. Upstream: pkg/apis/apps/validation. */
import type { PodTemplateSpec } from '#api/core/v1.gen.ts'
import { forbiddenField, invalidValue, notSupported, required } from '#api/meta/field-error.ts'
import { labelSelectorMatcher } from '#api/meta/labels.ts'
import type { LabelSelector } from '#api/meta/v1.gen.ts'
import { checkPodTemplate } from '#resources/pod/validate-spec.ts'
import { checkNotNegative, percentOf, type Errors } from './checks.ts'
import { checkLabelSelector, isEmptySelector } from './label-selector.ts'

/** Required, valid, and not one that selects everything. `called` is what upstream's message says. */
export function checkWorkloadSelector(
  selector: LabelSelector | undefined,
  called: string,
  errors: Errors,
): void {
  const path = 'spec.selector'
  if (selector === undefined) {
    errors.push(required(path, ''))
    return
  }
  checkLabelSelector(selector, path, errors)
  if (isEmptySelector(selector)) {
    errors.push(invalidValue(path, selector, `empty selector is invalid for ${called}`))
  }
}

/** The template's labels must be selected. False when the selector cannot be used at all. */
export function checkTemplateMatches(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
  path: string,
  errors: Errors,
): boolean {
  const labels = template?.metadata?.labels
  try {
    if (labelSelectorMatcher(selector).matches(labels)) return true
  } catch {
    return false
  }
  const detail = '`selector` does not match template `labels`'
  errors.push(invalidValue(`${path}.metadata.labels`, labels, detail))
  return true
}

/** The template of pods that are to run for ever. */
export function checkLastingTemplate(
  template: PodTemplateSpec | undefined,
  kind: string,
  errors: Errors,
): void {
  const path = 'spec.template'
  checkPodTemplate(template, path, errors)
  const policy = template?.spec?.restartPolicy ?? ''
  if (policy !== 'Always') {
    errors.push(notSupported(`${path}.spec.restartPolicy`, policy, ['Always']))
  }
  if (template?.spec?.activeDeadlineSeconds !== undefined) {
    const detail = `activeDeadlineSeconds in ${kind} is not Supported`
    errors.push(forbiddenField(`${path}.spec.activeDeadlineSeconds`, detail))
  }
}

/** A count, or the number of a percentage: upstream's getIntOrPercentValue. */
export function countOrPercent(value: number | string | undefined): number {
  return typeof value === 'number' ? value : percentOf(value)
}

/** Adds a not-negative check for each of the named counters of a status. */
export function checkCounters(
  status: object | undefined,
  fields: readonly string[],
  errors: Errors,
): void {
  for (const field of fields) {
    const count = (status as Readonly<Record<string, number | undefined>> | undefined)?.[field]
    checkNotNegative(count, `status.${field}`, errors)
  }
}

interface Replicas {
  readonly replicas?: number
  readonly readyReplicas?: number
  readonly availableReplicas?: number
}

type Counter =
  | 'updatedReplicas'
  | 'readyReplicas'
  | 'availableReplicas'
  | 'fullyLabeledReplicas'
  | 'currentReplicas'

/** None of the named counters may exceed the replicas, and not more may be available than ready. */
export function checkReplicaCounters(
  status: Replicas | undefined,
  counters: readonly Counter[],
  errors: Errors,
): void {
  const counts = (status ?? {}) as Readonly<Record<string, number | undefined>>
  for (const counter of counters) {
    const count = counts[counter] ?? 0
    if (count <= (status?.replicas ?? 0)) continue
    const detail = 'cannot be greater than status.replicas'
    errors.push(invalidValue(`status.${counter}`, count, detail))
  }
  const available = status?.availableReplicas ?? 0
  if (available <= (status?.readyReplicas ?? 0)) return
  const detail = 'cannot be greater than readyReplicas'
  errors.push(invalidValue('status.availableReplicas', available, detail))
}

export function checkCollisionsGrow(
  next: { readonly collisionCount?: number } | undefined,
  prior: { readonly collisionCount?: number } | undefined,
  errors: Errors,
): void {
  checkNotNegative(next?.collisionCount, 'status.collisionCount', errors)
  if (prior?.collisionCount === undefined) return
  if ((next?.collisionCount ?? -1) >= prior.collisionCount) return
  errors.push(invalidValue('status.collisionCount', next?.collisionCount, 'cannot be decremented'))
}
