/** Upstream: staging/src/k8s.io/apiserver/pkg/util/flowcontrol/metrics/metrics.go, v1.36. */
import { labelKey } from '#apiserver/metrics/registry.ts'
import type { Counter, Histogram, MetricRegistry } from '#apiserver/metrics/registry.ts'
import type { Flow } from './flow-control.ts'
import type { PriorityLevel, Refusal } from './priority-level.ts'

const both = ['priority_level', 'flow_schema'] as const
const durationBuckets = [0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30]

/** Of each level, what is read when somebody asks. */
const perLevel = {
  apiserver_flowcontrol_nominal_limit_seats: [
    'Nominal number of execution seats configured for each priority level',
    (level) => level.bounds.nominal,
  ],
  apiserver_flowcontrol_lower_limit_seats: [
    'Configured lower bound on number of execution seats available to each priority level',
    (level) => level.bounds.lower,
  ],
  apiserver_flowcontrol_upper_limit_seats: [
    'Configured upper bound on number of execution seats available to each priority level',
    (level) => level.bounds.upper,
  ],
  apiserver_flowcontrol_current_limit_seats: [
    'current derived number of execution seats available to each priority level',
    (level) => (level.isExempt ? level.bounds.nominal : level.seats),
  ],
  apiserver_flowcontrol_demand_seats_smoothed: [
    'Smoothed seat demands',
    (level) => level.smoothDemand,
  ],
} satisfies Record<string, readonly [string, (level: PriorityLevel) => number]>

export class FlowMetrics {
  readonly #dispatched: Counter
  readonly #refused: Counter
  readonly #wait: Histogram
  readonly #execution: Histogram
  readonly #executing = new Map<string, number>()
  readonly #waiting = new Map<string, number>()

  constructor(registry: MetricRegistry, levels: () => readonly PriorityLevel[]) {
    this.#dispatched = registry.counter({
      name: 'apiserver_flowcontrol_dispatched_requests_total',
      help: 'Number of requests executed by API Priority and Fairness subsystem',
      labels: both,
    })
    this.#refused = registry.counter({
      name: 'apiserver_flowcontrol_rejected_requests_total',
      help: 'Number of requests rejected by API Priority and Fairness subsystem',
      labels: [...both, 'reason'],
    })
    this.#wait = registry.histogram({
      name: 'apiserver_flowcontrol_request_wait_duration_seconds',
      help: 'Length of time a request spent waiting in its queue',
      labels: [...both, 'execute'],
      buckets: durationBuckets,
    })
    this.#execution = registry.histogram({
      name: 'apiserver_flowcontrol_request_execution_seconds',
      help: 'Duration of initial stage (for a WATCH request) or any (for a non-WATCH request) of request execution by the API Priority and Fairness subsystem',
      labels: [...both, 'type'],
      buckets: durationBuckets,
    })
    for (const [name, [help, read]] of Object.entries(perLevel)) {
      registry.gauge({ name, help, labels: ['priority_level'] }, () =>
        levels().map((level) => [level.name, read(level)] as const),
      )
    }
    this.#perFlow(registry)
  }

  #perFlow(registry: MetricRegistry): void {
    registry.gauge(
      {
        name: 'apiserver_flowcontrol_current_inqueue_requests',
        help: 'Number of requests currently pending in queues of the API Priority and Fairness subsystem',
        labels: both,
      },
      () => this.#waiting,
    )
    for (const what of ['requests', 'seats'] as const) {
      registry.gauge(
        {
          name: `apiserver_flowcontrol_current_executing_${what}`,
          help:
            what === 'requests'
              ? 'Number of requests in initial (for a WATCH) or any (for a non-WATCH) execution stage in the API Priority and Fairness subsystem'
              : 'Concurrency (number of seats) occupied by the currently executing (initial stage for a WATCH, any stage otherwise) requests in the API Priority and Fairness subsystem',
          labels: both,
        },
        () => this.#executing,
      )
    }
  }

  /** `waitedSeconds`: undefined for who waited for nothing. */
  dispatched({ key }: Flow, waitedSeconds: number | undefined): void {
    this.#dispatched.add(key)
    add(this.#executing, key, 1)
    if (waitedSeconds !== undefined) this.#wait.observe(labelKey(key, 'true'), waitedSeconds)
  }

  served({ key }: Flow, seconds: number): void {
    add(this.#executing, key, -1)
    this.#execution.observe(labelKey(key, 'regular'), seconds)
  }

  waits({ key }: Flow, by: 1 | -1): void {
    add(this.#waiting, key, by)
  }

  refused({ key }: Flow, reason: Refusal, waitedSeconds: number): void {
    this.#refused.add(labelKey(key, reason))
    this.#wait.observe(labelKey(key, 'false'), waitedSeconds)
  }
}

function add(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by)
}
