/** What upstream counts of admission, under its names. Upstream: apiserver pkg/admission/metrics. */
import type { Clock } from '#base/clock.ts'
import {
  labelKey,
  type Counter,
  type Histogram,
  type MetricRegistry,
} from '#apiserver/metrics/registry.ts'
import type { AdmissionRequest } from '#apiserver/admission/plugin.ts'
import type { Hook } from './compile-hooks.ts'

export type ErrorType = 'no_error' | 'calling_webhook_error' | 'apiserver_internal_error'

export interface Observed {
  readonly hook: Hook
  readonly operation: AdmissionRequest['operation']
  readonly startedMs: number
  readonly rejected: boolean
  /** HTTP status of the refusal, or 200. */
  readonly code: number
  readonly errorType: ErrorType
  /** It could not be called, and the request went on. */
  readonly failedOpen: boolean
}

const buckets = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25]

/** Upstream keeps the label bounded. */
const codeMax = 600

export class WebhookMetrics {
  readonly #clock: Clock
  #duration: Histogram | undefined
  #requests: Counter | undefined
  #rejections: Counter | undefined
  #failedOpen: Counter | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  register(metrics: MetricRegistry): void {
    const prefix = 'apiserver_admission_webhook'
    this.#duration = metrics.histogram({
      name: `${prefix}_admission_duration_seconds`,
      help: 'Admission webhook latency histogram in seconds, identified by name and broken out for each operation and API resource and type (validate or admit).',
      labels: ['name', 'type', 'operation', 'rejected'],
      buckets,
    })
    this.#requests = metrics.counter({
      name: `${prefix}_request_total`,
      help: 'Admission webhook request total, identified by name and broken out for each admission type (validating or mutating) and operation. Additional labels specify whether the request was rejected or not and an HTTP status code. Codes greater than 600 are truncated to 600, to keep the metrics cardinality bounded.',
      labels: ['name', 'type', 'operation', 'code', 'rejected'],
    })
    this.#rejections = metrics.counter({
      name: `${prefix}_rejection_count`,
      help: 'Admission webhook rejection count, identified by name and broken out for each admission type (validating or admit) and operation. Additional labels specify an error type (calling_webhook_error or apiserver_internal_error if an error occurred; no_error otherwise) and optionally a non-zero rejection code if the webhook rejects the request with an HTTP status code (honored by the apiserver when the code is greater or equal to 400). Codes greater than 600 are truncated to 600, to keep the metrics cardinality bounded.',
      labels: ['name', 'type', 'operation', 'error_type', 'rejection_code'],
    })
    this.#failedOpen = metrics.counter({
      name: `${prefix}_fail_open_count`,
      help: 'Admission webhook fail open count, identified by name and broken out for each admission type (validating or admit).',
      labels: ['name', 'type'],
    })
  }

  observe({ hook, operation, startedMs, rejected, code, errorType, failedOpen }: Observed): void {
    const { name, type } = hook
    const bounded = String(Math.min(code, codeMax))
    const seconds = (this.#clock.monotonicMs() - startedMs) / 1000
    const refused = String(rejected)
    this.#duration?.observe(labelKey(name, type, operation, refused), seconds)
    this.#requests?.add(labelKey(name, type, operation, bounded, refused))
    if (rejected) {
      const told = errorType === 'no_error' ? bounded : '0'
      this.#rejections?.add(labelKey(name, type, operation, errorType, told))
    }
    if (failedOpen) this.#failedOpen?.add(labelKey(name, type))
  }
}
