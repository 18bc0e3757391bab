/**
 * What the audit log says of an answer.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/filters/{audit,authn_audit}.go, v1.36.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { Outcome, RequestAudit } from '#apiserver/audit/auditor.ts'
import type { Answer, WatchAnswer } from './answer.ts'
import type { Encoder } from './encode/encoder.ts'
import type { Exchange } from './exchange.ts'
import type { Accepted } from './media-type.ts'

/** The client was gone before anything was answered. */
export const connectionClosedEarly: Outcome = {
  status: 'Success',
  message: 'Connection closed early',
  code: 200,
}

/** An answer that is a Status says more than its code. */
export function outcomeOf(answer: Answer): number | Outcome {
  if (answer.type === 'value') {
    const value: Outcome & { readonly kind?: unknown } = answer.value
    return value.kind === 'Status' ? { ...value, code: answer.status } : answer.status
  }
  return 'status' in answer ? answer.status : 200
}

export interface AnswerShape {
  readonly answer: Answer
  readonly accepted: Accepted
  readonly query: URLSearchParams
}

/** The answer in the shape that the client asked for, always as JSON; `null` for streams and texts. */
export function answerJson(encoder: Encoder, { answer, accepted, query }: AnswerShape): string {
  if (answer.type === 'raw' || answer.type === 'watch') return 'null'
  const shape = { ...accepted, encoding: 'json', pretty: false } as const
  return Buffer.concat(encoder.encode(answer, shape, query)).toString()
}

/** Tells when the watch is established, and when it is over. */
export function auditedWatch(answer: WatchAnswer, audit: RequestAudit): WatchAnswer {
  return {
    ...answer,
    async start(sink, signal) {
      await answer.start(sink, signal)
      audit.started(200)
      signal.addEventListener('abort', () => audit.completed(200), { once: true })
    },
  }
}

/** The id that a client gave its request, so that it is found in the logs of both. */
export function givenAuditId({ 'audit-id': given }: IncomingHttpHeaders): string | undefined {
  return typeof given === 'string' && given !== '' ? given : undefined
}

/** What a client that is nobody tried. */
export function attemptedMethods({ headers, connection }: Exchange): string {
  const methods: string[] = []
  const scheme = /^(basic|bearer)\s/i.exec(headers.authorization ?? '')?.[1]
  if (scheme !== undefined) methods.push(scheme.toLowerCase())
  if (connection.peer.type !== 'none') methods.push('x509')
  if (methods.length === 0) return 'Authentication failed, no credentials provided'
  return `Authentication failed, attempted: ${methods.join(', ')}`
}
