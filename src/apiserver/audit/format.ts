/**
 * An event as a line of the log: JSON, or the format of before.
 * Upstream: staging/src/k8s.io/apiserver/pkg/audit/format.go and …/plugin/pkg/audit/log/backend.go, v1.36.
 */
import { goQuote } from '#api/meta/go-quote.ts'
import type { AuditEvent } from './event.ts'

export type Format = 'json' | 'legacy'

export function lineOf(event: AuditEvent, format: Format): string {
  return `${format === 'json' ? JSON.stringify(event) : legacyLine(event)}\n`
}

function legacyLine(event: AuditEvent): string {
  const { username, groups } = event.user
  const as = event.impersonatedUser
  const who = username !== undefined && groups !== undefined ? list(groups) : '<none>'
  const asGroups = as?.groups === undefined ? '<lookup>' : list(as.groups)
  const fields = {
    id: event.auditID,
    stage: event.stage,
    ip: event.sourceIPs?.[0] ?? '<unknown>',
    method: event.verb,
    user: username ?? '<none>',
    groups: who,
    as: as === undefined ? '<self>' : (as.username ?? ''),
    asgroups: asGroups,
    'user-agent': event.userAgent ?? '',
    namespace: event.objectRef?.namespace ?? '<none>',
    uri: event.requestURI,
  }
  const quoted = Object.entries(fields).map(([name, value]) => `${name}=${goQuote(value)}`)
  const response = event.responseStatus?.code ?? '<deferred>'
  return `${event.requestReceivedTimestamp} AUDIT: ${quoted.join(' ')} response="${response}"`
}

function list(names: readonly string[]): string {
  return names.map(goQuote).join(',')
}
