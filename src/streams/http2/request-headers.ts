/** The headers of a request, checked. RFC 9113, section 8. */
import type { IncomingHttpHeaders } from 'node:http'

export interface RequestHeaders {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** Name, value, name, value …, as sent. */
  readonly raw: readonly string[]
}

const pseudoHeaders: ReadonlySet<string> = new Set([':method', ':path', ':scheme', ':authority'])
/** They are about a connection, and HTTP/2 has frames for that. */
const connectionHeaders: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])
/** Of these the first counts, as with Node's HTTP/1.1; others are joined. */
const single: ReadonlySet<string> = new Set([
  'authorization',
  'content-length',
  'content-type',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'user-agent',
])

/** Undefined: the request is malformed. */
export function requestHeaders(raw: readonly string[]): RequestHeaders | undefined {
  const headers: IncomingHttpHeaders = Object.create(null)
  let isRegular = false
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const value = raw[i + 1] ?? ''
    const isPseudo = name.startsWith(':')
    if (isPseudo ? isRegular || !isPseudoHeader(headers, name) : !isHeaderName(name))
      return undefined
    if (name === 'te' && value !== 'trailers') return undefined
    if (/[\0\r\n]/.test(value)) return undefined
    isRegular ||= !isPseudo
    add(headers, name, value)
  }
  const { ':method': method, ':path': path, ':scheme': scheme, ':authority': authority } = headers
  if (!isText(method) || !isText(path) || !isText(scheme)) return undefined
  if (!path.startsWith('/') && path !== '*') return undefined
  if (isText(authority)) headers.host ??= authority
  return { method, path, headers, raw }
}

/** Once each, and none but those of requests. */
function isPseudoHeader(headers: IncomingHttpHeaders, name: string): boolean {
  return pseudoHeaders.has(name) && headers[name] === undefined
}

function isHeaderName(name: string): boolean {
  return !connectionHeaders.has(name) && /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name)
}

function isText(value: string | readonly string[] | undefined): value is string {
  return typeof value === 'string' && value !== ''
}

function add(headers: IncomingHttpHeaders, name: string, value: string): void {
  const before = headers[name]
  if (before === undefined) headers[name] = value
  else if (!single.has(name))
    headers[name] = `${String(before)}${name === 'cookie' ? '; ' : ', '}${value}`
}
