/** Writes answers: shape and encoding by negotiation, large ones compressed, failures as a Status. */
import { gzip } from 'node:zlib'
import { promisify } from 'node:util'
import type { StatusError } from '#api/meta/status.ts'
import type { RawAnswer } from './answer.ts'
import type { Encodable, Encoder, Pieces } from './encode/encoder.ts'
import { bytesIn } from './exchange.ts'
import type { Exchange, ReplyHeaders } from './exchange.ts'
import { limits } from './limits.ts'
import { contentTypes, negotiateEncoding } from './media-type.ts'
import type { Accepted, Encoding } from './media-type.ts'
import type { Warnings } from './warnings.ts'

const compress = promisify(gzip)

export interface Reply {
  readonly exchange: Exchange
  /** What priority and fairness made of the request; undefined: it was not asked. */
  readonly flow?: { readonly uid: string; readonly level: { readonly uid: string } } | undefined
  readonly auditId: string
  readonly warnings: Warnings
}

/** The headers that every answer has. */
export function commonHeaders(reply: Reply, contentType: string): ReplyHeaders {
  const { auditId, warnings, flow } = reply
  const headers: ReplyHeaders = {
    'audit-id': auditId,
    'cache-control': 'no-cache, private',
    'content-type': contentType,
  }
  if (flow !== undefined) {
    headers['x-kubernetes-pf-flowschema-uid'] = flow.uid
    headers['x-kubernetes-pf-prioritylevel-uid'] = flow.level.uid
  }
  const texts = warnings.headers
  if (texts !== undefined) headers['warning'] = texts
  return headers
}

export interface ObjectReply {
  readonly answer: Encodable
  readonly accepted: Accepted
  readonly query: URLSearchParams
}

/**
 * Answers at once, or as soon as the returned promise resolves. Throws NotAcceptable when the answer has
 * no such shape.
 */
export function replyObject(
  reply: Reply,
  encoder: Encoder,
  { answer, accepted, query }: ObjectReply,
): Promise<void> | undefined {
  const { exchange } = reply
  const status = answer.type === 'list' ? 200 : answer.status
  const shown = isPretty(exchange, query) ? { ...accepted, pretty: true } : accepted
  const pieces = encoder.encode(answer, shown, query)
  const headers = commonHeaders(reply, accepted.contentType)
  return replyPieces(exchange, { status, headers, pieces })
}

interface Whole {
  readonly status: number
  readonly headers: ReplyHeaders
  readonly pieces: Pieces
}

/** Compresses what is large enough to be worth it; only then there is something to wait for. */
function replyPieces(exchange: Exchange, whole: Whole): Promise<void> | undefined {
  const { status, headers, pieces } = whole
  const isEncoded = headers['content-encoding'] !== undefined
  if (!isEncoded && wantsGzip(exchange, pieces)) return replyCompressed(exchange, whole)
  exchange.reply(status, headers, pieces)
  return undefined
}

async function replyCompressed(
  exchange: Exchange,
  { status, headers, pieces }: Whole,
): Promise<void> {
  headers['content-encoding'] = 'gzip'
  const vary = headers['vary']
  headers['vary'] = vary === undefined ? 'Accept-Encoding' : `${String(vary)}, Accept-Encoding`
  exchange.reply(status, headers, [await compress(Buffer.concat(pieces), { level: 1 })])
}

/** People with curl get indented JSON, as upstream decides it. */
function isPretty({ headers }: Exchange, query: URLSearchParams): boolean {
  const asked = query.size === 0 ? null : query.get('pretty')
  if (asked !== null) return asked !== 'false' && asked !== '0'
  return /^(?:curl|Wget|Mozilla\/5\.0)/.test(headers['user-agent'] ?? '')
}

function wantsGzip({ method, headers }: Exchange, pieces: Pieces): boolean {
  if (method !== 'GET' || bytesIn(pieces) < limits.gzipBytesMin) return false
  const accepted = headers['accept-encoding']
  return typeof accepted === 'string' && /(?:^|,)\s*gzip\s*(?:,|$)/.test(accepted)
}

/** A failure is answered in the client's encoding when that can be known, else in JSON. */
export function replyFailure(reply: Reply, encoder: Encoder, error: StatusError): void {
  const { exchange } = reply
  if (exchange.replied) return
  let encoding: Encoding = 'json'
  try {
    encoding = negotiateEncoding(exchange.headers.accept)
  } catch {
    // what is wrong with the request matters more than how it is told
  }
  const accepted: Accepted = {
    encoding,
    shape: { as: 'object' },
    contentType: contentTypes[encoding],
    pretty: isPretty(exchange, new URLSearchParams()),
  }
  const answer: Encodable = { type: 'value', status: error.code, value: error.status }
  const headers = commonHeaders(reply, accepted.contentType)
  const retryAfter = error.status.details?.retryAfterSeconds ?? 0
  if (retryAfter > 0) headers['retry-after'] = String(retryAfter)
  if (error.code === 403) headers['x-content-type-options'] = 'nosniff'
  exchange.reply(error.code, headers, encoder.encode(answer, accepted, new URLSearchParams()))
}

/** Of the connection that a proxied answer came by, not of ours. */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

/** Bytes, a text or a stream from an endpoint. */
export async function replyRaw(reply: Reply, answer: RawAnswer): Promise<void> {
  const { exchange } = reply
  const headers = commonHeaders(reply, 'application/octet-stream')
  for (const [name, value] of Object.entries(answer.headers)) {
    const lower = name.toLowerCase()
    if (!hopByHop.has(lower)) headers[lower] = value
  }
  const { body } = answer
  if (typeof body === 'string' || body instanceof Uint8Array) {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    return replyPieces(exchange, { status: answer.status, headers, pieces: [bytes] })
  }
  const stream = exchange.stream(answer.status, headers)
  try {
    for await (const chunk of body) {
      stream.write(chunk)
      if (stream.bufferedBytes > 0) await stream.drained()
      if (exchange.signal.aborted) break
    }
    stream.end()
  } catch {
    stream.destroy() // the head is out: only a broken stream still tells the client
  }
}
