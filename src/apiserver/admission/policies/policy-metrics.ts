/** Upstream: admission/plugin/policy/validating/metrics/metrics.go. */
import {
  labelKey,
  type Counter,
  type Histogram,
  type MetricRegistry,
} from '#apiserver/metrics/registry.ts'

export interface Check {
  readonly policy: string
  readonly binding: string
  readonly action: 'allow' | 'audit' | 'deny' | 'warn'
  readonly isError: boolean
  readonly seconds: number
}

export class PolicyMetrics {
  #total: Counter | undefined
  #duration: Histogram | undefined

  register(metrics: MetricRegistry): void {
    const labels = ['policy', 'policy_binding', 'error_type', 'enforcement_action']
    const prefix = 'apiserver_validating_admission_policy_check'
    this.#total = metrics.counter({
      name: `${prefix}_total`,
      help: 'Validation admission policy check total, labeled by policy and further identified by binding and enforcement action taken.',
      labels,
    })
    this.#duration = metrics.histogram({
      name: `${prefix}_duration_seconds`,
      help: 'Validation admission latency for individual validation expressions in seconds, labeled by policy and further including binding and enforcement action taken.',
      labels,
      buckets: [0.0000005, 0.001, 0.01, 0.1, 1],
    })
  }

  observe({ policy, binding, action, isError, seconds }: Check): void {
    const key = labelKey(policy, binding, isError ? 'invalid_error' : 'no_error', action)
    this.#total?.add(key)
    this.#duration?.observe(key, seconds)
  }
}
