/**
 * What changes of a namespace's labels mean for the pods that are there.
 * Upstream: staging/src/k8s.io/pod-security-admission/admission/admission.go, ValidateNamespace, v1.36.
 */
import type { Namespace } from '#api/core/v1.gen.ts'
import { invalid } from '#api/meta/status.ts'
import { pods } from '#api/resources.gen.ts'
import type { AdmissionDeps } from '#apiserver/admission/create-admission.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import type { PodSecurityConfiguration } from './configuration.ts'
import { warnOfExisting } from './existing-pods.ts'
import { asksForMode, formatLevel, isPrivileged, isStricter, modes, policyOf } from './policy.ts'
import type { Policy } from './policy.ts'

/** Throws Invalid for labels that cannot be read, and are new. */
export function judgeNamespace(
  { objects }: AdmissionDeps,
  { defaults, exemptions }: PodSecurityConfiguration,
  request: AdmissionRequest,
): void {
  const namespace = request.object as Namespace
  const { name, labels } = namespace.metadata
  const next = policyOf(labels, defaults)
  const prior = request.prior && policyOf(request.prior.metadata.labels, defaults)
  const isNew = JSON.stringify(next.errors) !== JSON.stringify(prior?.errors ?? [])
  if (next.errors.length > 0 && isNew) {
    throw invalid({ group: '', kind: 'Namespace' }, name, next.errors)
  }
  if (prior !== undefined && !isStricter(next.policy.enforce, prior.policy.enforce)) return
  if (exemptions.namespaces.has(name)) {
    warnOfExemption(request, next.policy, defaults)
    return
  }
  if (prior === undefined) return
  const concerned = objects()
    .list(pods, name)
    .filter(({ spec }) => !exemptions.runtimeClasses.has(spec?.runtimeClassName ?? ''))
  warnOfExisting(request, concerned, next.policy.enforce)
}

/** Labels of an exempt namespace say something that does not count. */
function warnOfExemption(request: AdmissionRequest, policy: Policy, defaults: Policy): void {
  const isDefault = modes.every((mode) => formatLevel(policy[mode]) === formatLevel(defaults[mode]))
  if (isPrivileged(policy) || isDefault) return
  const { labels = {}, name } = (request.object as Namespace).metadata
  const shown = modes.filter(
    (mode) => policy[mode].level !== 'privileged' && asksForMode(labels, mode),
  )
  const list = shown.map((mode) => `${mode}=${formatLevel(policy[mode])}`).join(', ')
  request.warn(
    `namespace ${JSON.stringify(name)} is exempt from Pod Security, and the policy (${list}) will be ignored`,
  )
}
