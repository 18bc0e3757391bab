/**
 * Pods that a namespace's labels do not allow are refused, or only warned of.
 * Upstream: staging/src/k8s.io/pod-security-admission/admission/admission.go.
 */
import type { Namespace, Pod, PodTemplateSpec } from '#api/core/v1.gen.ts'
import type { JobTemplateSpec } from '#api/batch/v1.gen.ts'
import { invalid } from '#api/meta/status.ts'
import {
  cronjobs,
  daemonsets,
  deployments,
  jobs,
  namespaces,
  pods,
  podtemplates,
  replicasets,
  replicationcontrollers,
  statefulsets,
} from '#api/resources.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { AdmissionDeps } from '#apiserver/admission/create-admission.ts'
import type { AdmissionPlugin, AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { isAbout, isOf, refusal } from '#apiserver/admission/refusal.ts'
import type { Subject } from './check.ts'
import { violations } from './evaluate.ts'
import { isSignificant } from './significant-update.ts'
import { warnOfExisting } from './existing-pods.ts'
import { noConfiguration } from './configuration.ts'
import type { PodSecurityConfiguration } from './configuration.ts'
import {
  asksForLevels,
  asksForMode,
  formatLevel,
  isPrivileged,
  isStricter,
  modes,
  policyOf,
} from './policy.ts'

const podSubresources: readonly string[] = ['', 'ephemeralcontainers', 'resize']
const templated = [
  podtemplates,
  replicationcontrollers,
  replicasets,
  deployments,
  statefulsets,
  daemonsets,
  jobs,
  cronjobs,
] as const

export function podSecurity(deps: AdmissionDeps): AdmissionPlugin {
  return {
    name: 'PodSecurity',
    handles: (request) =>
      (request.operation === 'CREATE' || request.operation === 'UPDATE') &&
      (isPod(request) || isTemplated(request) || isAbout(request, namespaces)),
    validate(request) {
      if (isAbout(request, namespaces)) judgeNamespace(deps, request)
      else if (isPod(request)) judgePod(deps, request)
      else warnOfTemplate(deps, request)
    },
  }
}

function isPod(request: AdmissionRequest): boolean {
  return isOf(request, pods) && podSubresources.includes(request.subresource)
}

function isTemplated(request: AdmissionRequest): boolean {
  return templated.some((type) => isAbout(request, type))
}

function judgePod(deps: AdmissionDeps, request: AdmissionRequest): void {
  if (isExempt(deps, request)) return
  const pod = request.object as Pod
  const policy = policyIn(deps, request.namespace)
  const subject = subjectOf(pod)
  if (policy === undefined || subject === undefined) return
  const prior = request.prior as Pod | undefined
  if (prior !== undefined && !isSignificant(pod, prior)) return
  if (isClassExempt(deps, request, subject)) return
  const found = violations(subject, policy.enforce)
  request.annotate?.(`${annotations}/enforce-policy`, formatLevel(policy.enforce))
  audit(request, subject, policy)
  if (found !== undefined) {
    throw refusal(request, `violates PodSecurity "${formatLevel(policy.enforce)}": ${found}`)
  }
  warn(request, subject, policy)
}

function configurationOf({ configurations }: AdmissionDeps): PodSecurityConfiguration {
  return configurations?.podSecurity ?? noConfiguration
}

/** Says so in the audit log. */
function isExempt(deps: AdmissionDeps, request: AdmissionRequest): boolean {
  const { namespaces: exemptNamespaces, usernames } = configurationOf(deps).exemptions
  const why = exemptNamespaces.has(request.namespace)
    ? 'namespace'
    : usernames.has(request.user.name)
      ? 'user'
      : undefined
  if (why !== undefined) request.annotate?.(`${annotations}/exempt`, why)
  return why !== undefined
}

function isClassExempt(deps: AdmissionDeps, request: AdmissionRequest, { spec }: Subject): boolean {
  const { runtimeClasses } = configurationOf(deps).exemptions
  const exempt = runtimeClasses.has(spec.runtimeClassName ?? '')
  if (exempt) request.annotate?.(`${annotations}/exempt`, 'runtimeClass')
  return exempt
}

/** Before the names of annotations in the audit log. */
const annotations = 'pod-security.kubernetes.io'

/** Workloads are let in: only their pods are refused. */
function warnOfTemplate(deps: AdmissionDeps, request: AdmissionRequest): void {
  if (isExempt(deps, request)) return
  const policy = policyIn(deps, request.namespace)
  const template = templateOf(request.object)
  const subject = template && subjectOf(template)
  if (policy === undefined || subject === undefined) return
  if (isClassExempt(deps, request, subject)) return
  audit(request, subject, policy)
  warn(request, subject, policy)
}

type Policy = ReturnType<typeof policyOf>['policy']

/** Also of what is refused. */
function audit(request: AdmissionRequest, subject: Subject, policy: Policy): void {
  const found = violations(subject, policy.audit)
  if (found === undefined) return
  const text = `would violate PodSecurity "${formatLevel(policy.audit)}": ${found}`
  request.annotate?.(`${annotations}/audit-violations`, text)
}

function warn(request: AdmissionRequest, subject: Subject, policy: Policy): void {
  const found = violations(subject, policy.warn)
  if (found === undefined) return
  request.warn(`would violate PodSecurity "${formatLevel(policy.warn)}": ${found}`)
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

function judgeNamespace(deps: AdmissionDeps, request: AdmissionRequest): void {
  const { defaults, exemptions } = configurationOf(deps)
  const namespace = request.object as Namespace
  const next = policyOf(namespace.metadata.labels, defaults)
  const prior = request.prior && policyOf(request.prior.metadata.labels, defaults)
  const isNew = JSON.stringify(next.errors) !== JSON.stringify(prior?.errors ?? [])
  if (next.errors.length > 0 && isNew) {
    throw invalid({ group: '', kind: 'Namespace' }, namespace.metadata.name, next.errors)
  }
  const { name } = namespace.metadata
  if (prior !== undefined && !isStricter(next.policy.enforce, prior.policy.enforce)) return
  if (exemptions.namespaces.has(name)) {
    warnOfExemption(request, next.policy, defaults)
    return
  }
  if (prior === undefined) return
  const concerned = deps
    .objects()
    .list(pods, name)
    .filter(({ spec }) => !exemptions.runtimeClasses.has(spec?.runtimeClassName ?? ''))
  warnOfExisting(request, concerned, next.policy.enforce)
}

/** Undefined: nothing is asked for. */
function policyIn(deps: AdmissionDeps, namespace: string): Policy | undefined {
  const { defaults } = configurationOf(deps)
  const labels = deps.objects().get(namespaces, '', namespace)?.metadata.labels
  const policy =
    labels === undefined || !asksForLevels(labels) ? defaults : policyOf(labels, defaults).policy
  return isPrivileged(policy) ? undefined : policy
}

function templateOf(object: ApiObject | undefined): PodTemplateSpec | undefined {
  const { template, spec } = (object ?? {}) as {
    template?: PodTemplateSpec
    spec?: { template?: PodTemplateSpec; jobTemplate?: JobTemplateSpec }
  }
  return template ?? spec?.template ?? spec?.jobTemplate?.spec?.template
}

function subjectOf({ metadata = {}, spec }: PodTemplateSpec | Pod): Subject | undefined {
  return spec === undefined ? undefined : { metadata, spec }
}
