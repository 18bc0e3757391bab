/**
 * What upstream counts of requests, under upstream's names.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/metrics/metrics.go, v1.36.
 */
import type { Clock } from '#base/clock.ts'
import type { InFlight } from '#apiserver/http/in-flight.ts'
import { isLongRunning } from '#apiserver/http/long-running.ts'
import type { RequestInfo } from '#apiserver/http/request-info.ts'
import { labelKey } from './registry.ts'
import type { Counter, Histogram, MetricRegistry } from './registry.ts'

export interface ObservedRequest {
  readonly info: RequestInfo
  readonly query: URLSearchParams
  readonly method: string
  readonly status: number
  readonly startedMs: number
}

const durationBuckets = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45,
  60,
]
const what = ['verb', 'group', 'version', 'resource', 'subresource', 'scope', 'component'] as const

export class RequestMetrics {
  readonly #clock: Clock
  readonly #total: Counter
  readonly #duration: Histogram

  constructor(registry: MetricRegistry, inFlight: InFlight, clock: Clock) {
    this.#clock = clock
    this.#total = registry.counter({
      name: 'apiserver_request_total',
      help: 'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
      labels: [...what, 'dry_run', 'code'],
    })
    this.#duration = registry.histogram({
      name: 'apiserver_request_duration_seconds',
      help: 'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
      labels: [...what, 'dry_run'],
      buckets: durationBuckets,
    })
    registry.gauge(
      {
        name: 'apiserver_current_inflight_requests',
        help: 'Maximal number of currently used inflight request limit of this apiserver per request kind in last second.',
        labels: ['request_kind'],
      },
      () => [
        ['mutating', inFlight.writes],
        ['readOnly', inFlight.reads],
      ],
    )
  }

  observe(request: ObservedRequest): void {
    const { info, query, status } = request
    const dryRun = query.size === 0 ? '' : (query.get('dryRun') ?? '')
    const key = labelKey(
      reportedVerb(request),
      info.group,
      info.version,
      info.resource,
      info.isResource ? info.subresource : pathLabel(request),
      scopeOf(info),
      'apiserver',
      dryRun,
    )
    this.#total.add(labelKey(key, String(status)))
    if (isLongRunning(info, query)) return
    this.#duration.observe(key, (this.#clock.monotonicMs() - request.startedMs) / 1000)
  }
}

const reported: Readonly<Record<string, string>> = {
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
  get: 'GET',
  list: 'LIST',
  watch: 'WATCH',
  proxy: 'CONNECT',
}

/** Upstream counts a server-side apply apart from other patches, streams as CONNECT. */
function reportedVerb({ info, method }: ObservedRequest): string {
  if (!info.isResource) return method
  return reported[info.verb] ?? 'other'
}

/** Paths that exist; others are as many as somebody likes to try. */
function pathLabel({ info, status }: ObservedRequest): string {
  return status < 400 ? info.path : ''
}

function scopeOf(info: RequestInfo): string {
  if (!info.isResource) return ''
  if (info.name !== '' || info.verb === 'create') return 'resource'
  return info.namespace === '' ? 'cluster' : 'namespace'
}
