/** Upstream: staging/src/k8s.io/pod-security-admission/metrics/metrics.go, v1.36. */
import { namespaces, pods } from '#api/resources.gen.ts'
import { kubernetesVersion } from '#api/version.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import { isOf } from '#apiserver/admission/refusal.ts'
import { labelKey } from '#apiserver/metrics/registry.ts'
import type { Counter, MetricRegistry } from '#apiserver/metrics/registry.ts'
import { formatVersion } from './policy.ts'
import type { LevelVersion, Mode } from './policy.ts'

const minorVersion = Number(kubernetesVersion.split('.')[1])
const about = ['request_operation', 'resource', 'subresource']

export interface Evaluation {
  readonly mode: Mode
  readonly level: LevelVersion
  readonly decision: 'allow' | 'deny'
}

export class PodSecurityMetrics {
  #evaluations: Counter | undefined
  #exemptions: Counter | undefined
  #errors: Counter | undefined

  register(metrics: MetricRegistry): void {
    this.#evaluations = metrics.counter({
      name: 'pod_security_evaluations_total',
      help: 'Number of policy evaluations that occurred, not counting ignored or exempt requests.',
      labels: ['decision', 'policy_level', 'policy_version', 'mode', ...about],
    })
    this.#exemptions = metrics.counter({
      name: 'pod_security_exemptions_total',
      help: 'Number of exempt requests, not counting ignored or out of scope requests.',
      labels: about,
    })
    this.#errors = metrics.counter({
      name: 'pod_security_errors_total',
      help: 'Number of errors preventing normal evaluation. Non-fatal errors may result in the latest restricted profile being used for evaluation.',
      labels: ['fatal', ...about],
    })
  }

  evaluated(request: AdmissionRequest, { mode, level, decision }: Evaluation): void {
    const key = labelKey(decision, level.level, versionLabel(level), mode, ...aboutOf(request))
    this.#evaluations?.add(key)
  }

  exempted(request: AdmissionRequest): void {
    this.#exemptions?.add(labelKey(...aboutOf(request)))
  }

  /** Labels of the namespace could not be read. */
  failed(request: AdmissionRequest): void {
    this.#errors?.add(labelKey('false', ...aboutOf(request)))
  }
}

/** Privileged is the same in all versions; there may be any number of versions to come. */
function versionLabel({ level, version }: LevelVersion): string {
  if (level === 'privileged' || version === 'latest') return 'latest'
  return version > minorVersion ? 'future' : formatVersion(version)
}

function aboutOf(request: AdmissionRequest): readonly string[] {
  const resource = isOf(request, pods)
    ? 'pod'
    : isOf(request, namespaces)
      ? 'namespace'
      : 'controller'
  return [request.operation.toLowerCase(), resource, request.subresource]
}
