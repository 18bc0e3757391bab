/**
 * Pods that a namespace's labels do not allow are refused, or only warned of.
 * Upstream: staging/src/k8s.io/pod-security-admission/admission/admission.go.
 */
import type { Pod, PodTemplateSpec } from '#api/core/v1.gen.ts'
import type { JobTemplateSpec } from '#api/batch/v1.gen.ts'
import { aggregate } from '#api/meta/field-error.ts'
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
import { noConfiguration } from './configuration.ts'
import type { PodSecurityConfiguration } from './configuration.ts'
import { judgeNamespace } from './judge-namespace.ts'
import { PodSecurityMetrics } from './metrics.ts'
import { asksForLevels, formatLevel, isPrivileged, policyOf } from './policy.ts'

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
  const configuration = deps.configurations?.podSecurity ?? noConfiguration
  const metrics = new PodSecurityMetrics()
  const judge: Judge = { deps, configuration, metrics }
  return {
    name: 'PodSecurity',
    handles: (request) =>
      (request.operation === 'CREATE' || request.operation === 'UPDATE') &&
      (isPod(request) || isTemplated(request) || isAbout(request, namespaces)),
    validate(request) {
      if (isAbout(request, namespaces)) judgeNamespace(deps, configuration, request)
      else if (isPod(request)) judgePod(judge, request)
      else warnOfTemplate(judge, request)
    },
    measure: (registry) => metrics.register(registry),
  }
}

interface Judge {
  readonly deps: AdmissionDeps
  readonly configuration: PodSecurityConfiguration
  readonly metrics: PodSecurityMetrics
}

function isPod(request: AdmissionRequest): boolean {
  return isOf(request, pods) && podSubresources.includes(request.subresource)
}

function isTemplated(request: AdmissionRequest): boolean {
  return templated.some((type) => isAbout(request, type))
}

/** Before the names of annotations in the audit log. */
const annotations = 'pod-security.kubernetes.io'

function judgePod(judge: Judge, request: AdmissionRequest): void {
  if (isExempt(judge, request)) return
  const found = policyIn(judge, request.namespace)
  const { enforce } = found.policy
  const subject = subjectOf(request.object as Pod)
  if (found.errors.length === 0 && isPrivileged(found.policy)) {
    judge.metrics.evaluated(request, { mode: 'enforce', level: enforce, decision: 'allow' })
    request.annotate?.(`${annotations}/enforce-policy`, formatLevel(enforce))
    return
  }
  const prior = request.prior as Pod | undefined
  if (subject === undefined) return
  if (prior !== undefined && !isSignificant(request.object as Pod, prior)) return
  if (isClassExempt(judge, request, subject)) return
  const objection = violations(subject, enforce)
  const decision = objection === undefined ? 'allow' : 'deny'
  judge.metrics.evaluated(request, { mode: 'enforce', level: enforce, decision })
  request.annotate?.(`${annotations}/enforce-policy`, formatLevel(enforce))
  const concerned = { request, subject, ...found }
  audit(judge, concerned)
  if (objection !== undefined) {
    throw refusal(request, `violates PodSecurity "${formatLevel(enforce)}": ${objection}`)
  }
  warn(judge, concerned)
}

/** Workloads are let in: only their pods are refused. */
function warnOfTemplate(judge: Judge, request: AdmissionRequest): void {
  if (isExempt(judge, request)) return
  const found = policyIn(judge, request.namespace)
  const { audit: audited, warn: warned } = found.policy
  const isQuiet = audited.level === 'privileged' && warned.level === 'privileged'
  if (found.errors.length === 0 && isQuiet) return
  const template = templateOf(request.object)
  const subject = template && subjectOf(template)
  if (subject === undefined || isClassExempt(judge, request, subject)) return
  const concerned = { request, subject, ...found }
  audit(judge, concerned)
  warn(judge, concerned)
}

/** Says so in the audit log. */
function isExempt({ configuration, metrics }: Judge, request: AdmissionRequest): boolean {
  const { namespaces: exempt, usernames } = configuration.exemptions
  const why = exempt.has(request.namespace)
    ? 'namespace'
    : usernames.has(request.user.name)
      ? 'user'
      : undefined
  if (why === undefined) return false
  metrics.exempted(request)
  request.annotate?.(`${annotations}/exempt`, why)
  return true
}

function isClassExempt(
  { configuration, metrics }: Judge,
  request: AdmissionRequest,
  { spec }: Subject,
): boolean {
  if (!configuration.exemptions.runtimeClasses.has(spec.runtimeClassName ?? '')) return false
  metrics.exempted(request)
  request.annotate?.(`${annotations}/exempt`, 'runtimeClass')
  return true
}

type Found = ReturnType<typeof policyOf>

interface Concerned extends Found {
  readonly request: AdmissionRequest
  readonly subject: Subject
}

/** Also of what is refused. */
function audit({ metrics }: Judge, { request, subject, policy, errors }: Concerned): void {
  if (errors.length > 0) {
    metrics.failed(request)
    request.annotate?.(`${annotations}/error`, `Failed to parse policy: ${aggregate(errors)}`)
  }
  const objection = violations(subject, policy.audit)
  if (objection === undefined) return
  metrics.evaluated(request, { mode: 'audit', level: policy.audit, decision: 'deny' })
  const text = `would violate PodSecurity "${formatLevel(policy.audit)}": ${objection}`
  request.annotate?.(`${annotations}/audit-violations`, text)
}

function warn({ metrics }: Judge, { request, subject, policy }: Concerned): void {
  const objection = violations(subject, policy.warn)
  if (objection === undefined) return
  metrics.evaluated(request, { mode: 'warn', level: policy.warn, decision: 'deny' })
  request.warn(`would violate PodSecurity "${formatLevel(policy.warn)}": ${objection}`)
}

function policyIn({ deps, configuration }: Judge, namespace: string): Found {
  const { defaults } = configuration
  const labels = deps.objects().get(namespaces, '', namespace)?.metadata.labels
  if (labels === undefined || !asksForLevels(labels)) return { policy: defaults, errors: [] }
  return policyOf(labels, defaults)
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
