/** Upstream: staging/src/k8s.io/apiserver/pkg/audit/metrics.go, v1.36. */
import type { MetricRegistry } from '#apiserver/metrics/registry.ts'
import type { Level } from './event.ts'

export interface AuditMetrics {
  event(): void
  level(level: Level): void
  failed(plugin: string, events: number): void
  rejected(): void
}

export function auditMetrics(registry: MetricRegistry): AuditMetrics {
  const events = registry.counter({
    name: 'apiserver_audit_event_total',
    help: 'Counter of audit events generated and sent to the audit backend.',
  })
  const byLevel = registry.counter({
    name: 'apiserver_audit_level_total',
    help: 'Counter of policy levels for audit events (1 per request).',
    labels: ['level'],
  })
  const errors = registry.counter({
    name: 'apiserver_audit_error_total',
    help: 'Counter of audit events that failed to be audited properly. Plugin identifies the plugin affected by the error.',
    labels: ['plugin'],
  })
  const rejected = registry.counter({
    name: 'apiserver_audit_requests_rejected_total',
    help: 'Counter of apiserver requests rejected due to an error in audit logging backend.',
  })
  return {
    event: () => events.add(''),
    level: (level) => byLevel.add(level),
    failed: (plugin, events) => errors.add(plugin, events),
    rejected: () => rejected.add(''),
  }
}
