/** kube-proxy's metrics, by upstream's names. Upstream: pkg/proxy/metrics/metrics.go at v1.36. */
import { exponentialBuckets, MetricRegistry } from '#base/metrics.ts'
import type { Counter, Gauge, Histogram } from '#base/metrics.ts'

export interface ProxyMetrics {
  readonly registry: MetricRegistry
  readonly syncSeconds: Histogram<'ip_family'>
  readonly fullSyncSeconds: Histogram<'ip_family'>
  readonly partialSyncSeconds: Histogram<'ip_family'>
  readonly programmingSeconds: Histogram<'ip_family'>
  readonly lastSync: Gauge<'ip_family'>
  readonly lastQueued: Gauge<'ip_family'>
  readonly restoreFailures: Counter<'ip_family'>
  readonly partialRestoreFailures: Counter<'ip_family'>
  readonly rules: Gauge<'table' | 'ip_family'>
  readonly noLocalEndpoints: Gauge<'traffic_policy' | 'ip_family'>
  readonly serviceChanges: Counter
  readonly endpointChanges: Counter
}

const seconds = exponentialBuckets(0.001, 2, 15)
const prefix = 'kubeproxy_sync_proxy_rules'

export function proxyMetrics(): ProxyMetrics {
  const registry = new MetricRegistry()
  const labels = ['ip_family'] as const
  const histogram = (name: string, help: string): Histogram<'ip_family'> =>
    registry.histogram({ name, help, labels, buckets: seconds })
  return {
    registry,
    syncSeconds: histogram(`${prefix}_duration_seconds`, 'SyncProxyRules latency in seconds'),
    fullSyncSeconds: histogram(
      'kubeproxy_sync_full_proxy_rules_duration_seconds',
      'SyncProxyRules latency in seconds for full resyncs',
    ),
    partialSyncSeconds: histogram(
      'kubeproxy_sync_partial_proxy_rules_duration_seconds',
      'SyncProxyRules latency in seconds for partial resyncs',
    ),
    programmingSeconds: registry.histogram({
      name: 'kubeproxy_network_programming_duration_seconds',
      help: 'In Cluster Network Programming Latency in seconds',
      labels,
      buckets: [0.25, 0.5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 30, 45, 60, 120, 300],
    }),
    lastSync: registry.gauge({
      name: `${prefix}_last_timestamp_seconds`,
      help: 'The last time proxy rules were successfully synced',
      labels,
    }),
    lastQueued: registry.gauge({
      name: `${prefix}_last_queued_timestamp_seconds`,
      help: 'The last time a sync of proxy rules was queued',
      labels,
    }),
    restoreFailures: registry.counter({
      name: `${prefix}_iptables_restore_failures_total`,
      help: 'Cumulative proxy iptables restore failures',
      labels,
    }),
    partialRestoreFailures: registry.counter({
      name: `${prefix}_iptables_partial_restore_failures_total`,
      help: 'Cumulative proxy iptables partial restore failures',
      labels,
    }),
    rules: registry.gauge({
      name: `${prefix}_iptables_total`,
      help: 'Total number of iptables rules owned by kube-proxy',
      labels: ['table', 'ip_family'],
    }),
    noLocalEndpoints: registry.gauge({
      name: `${prefix}_no_local_endpoints_total`,
      help: 'Number of services with a Local traffic policy and no endpoints',
      labels: ['traffic_policy', 'ip_family'],
    }),
    serviceChanges: registry.counter({
      name: `${prefix}_service_changes_total`,
      help: 'Cumulative proxy rules Service changes',
    }),
    endpointChanges: registry.counter({
      name: `${prefix}_endpoint_changes_total`,
      help: 'Cumulative proxy rules Endpoint changes',
    }),
  }
}
