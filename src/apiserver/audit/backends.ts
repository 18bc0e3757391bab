/** The backends of a server's audit log, each with its own mode. */
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { MetricRegistry } from '#apiserver/metrics/registry.ts'
import { Auditor } from './auditor.ts'
import type { AuditBackend } from './auditor.ts'
import type { AuditEvent } from './event.ts'
import type { Evaluate } from './evaluate.ts'
import { lineSink } from './line-sink.ts'
import type { BatchOptions, LineBackend, Mode } from './line-sink.ts'
import { auditMetrics } from './metrics.ts'
import { truncating } from './truncate.ts'

export interface BackendOptions {
  /** As metrics name it. */
  readonly plugin: 'log' | 'webhook'
  readonly mode: Mode
  readonly backend: LineBackend
  readonly encode: (event: AuditEvent) => Buffer
  /** Of the mode batch. */
  readonly batch: BatchOptions
  /** `--audit-*-truncate-max-event-size`, where truncation is on. */
  readonly eventBytesMax?: number
}

export interface AuditBackendsOptions {
  readonly evaluate: Evaluate
  readonly backends: readonly BackendOptions[]
  readonly clock: Clock
  readonly log: Logger
}

export interface AuditBackends extends AsyncDisposable {
  readonly auditor: (metrics: MetricRegistry) => Auditor
}

/** Disposing it sends what waits. */
export function auditBackends(options: AuditBackendsOptions): AuditBackends {
  const { evaluate, clock, log } = options
  /** A backend, until it has a sink that disposes of it. */
  const opened = new Map<BackendOptions, AsyncDisposable>(
    options.backends.map((one) => [one, one.backend]),
  )
  return {
    auditor(registry) {
      const metrics = auditMetrics(registry)
      const backends = options.backends.map((one): AuditBackend => {
        const { plugin, mode, batch, eventBytesMax, backend, encode } = one
        const sink = lineSink({
          backend,
          encode,
          ...(mode === 'batch' && { batch }),
          clock,
          onLost(error, events) {
            metrics.failed(plugin, events)
            log.error(`Error in audit plugin '${plugin}' affecting ${events} audit events`, error)
          },
        })
        opened.set(one, sink)
        return {
          plugin,
          isStrict: mode === 'blocking-strict',
          sink: eventBytesMax === undefined ? sink : truncating(sink, eventBytesMax),
        }
      })
      return new Auditor({ evaluate, backends, clock, log, metrics })
    },
    async [Symbol.asyncDispose]() {
      for (const one of opened.values()) await one[Symbol.asyncDispose]()
    },
  }
}
