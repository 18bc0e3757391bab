/**
 * `--audit-log-truncate-enabled`: an event that is too large loses its objects; one that is still too
 * large is an error. Upstream: staging/src/k8s.io/apiserver/plugin/pkg/audit/truncate/truncate.go, v1.36.
 */
import { isAtLeast } from './event.ts'
import type { AuditEvent } from './event.ts'
import type { AuditSink } from './auditor.ts'

export function truncating(sink: AuditSink, eventBytesMax: number): AuditSink {
  return {
    write(event) {
      return sink.write(sizeOf(event) > eventBytesMax ? shortened(event, eventBytesMax) : event)
    },
    [Symbol.asyncDispose]: () => sink[Symbol.asyncDispose](),
  }
}

function shortened(event: AuditEvent, eventBytesMax: number): AuditEvent {
  const { requestObject: _, responseObject: __, ...rest } = event
  const annotations = { ...rest.annotations, 'audit.k8s.io/truncated': 'true' }
  const short = isAtLeast(event.level, 'Request') ? { ...rest, annotations } : event
  if (sizeOf(short) > eventBytesMax) {
    throw new Error(`event is too large even after truncating: ${event.auditID}`)
  }
  return short
}

function sizeOf(event: AuditEvent): number {
  return Buffer.byteLength(JSON.stringify(event))
}
