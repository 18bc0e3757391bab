/**
 * What of a request's headers proves who sends it: for this server alone, never for those behind it.
 * Upstream: staging/src/k8s.io/apiserver/pkg/authentication/request/{bearertoken,websocket}.
 */
import type { IncomingHttpHeaders } from 'node:http'

/** Browsers cannot set headers on a WebSocket: there the token is one of the protocols. */
const webSocketTokenPrefix = 'base64url.bearer.authorization.k8s.io.'

/** Undefined when there is none, also when the header is of another scheme. */
export function bearerTokenOf(headers: IncomingHttpHeaders): string | undefined {
  const { authorization } = headers
  if (authorization !== undefined) return /^bearer +(\S+)/i.exec(authorization.trim())?.[1]
  const protocols = headers['sec-websocket-protocol']
  return protocols === undefined ? undefined : webSocketToken(protocols)
}

/** Only beside another protocol, which the server can choose. */
function webSocketToken(protocols: string): string | undefined {
  const all = protocols.split(',').map((name) => name.trim())
  const tokens = all.filter((name) => name.startsWith(webSocketTokenPrefix))
  if (tokens.length !== 1 || all.length < 2) return undefined
  const token = Buffer.from((tokens[0] ?? '').slice(webSocketTokenPrefix.length), 'base64url')
  return token.length === 0 ? undefined : token.toString()
}

const spokenFor = /^(?:authorization|host|impersonate-.*|x-remote-.*)$/

/** The headers for a server behind this one: without credentials, and without HTTP/2's own. */
export function withoutCredentials(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const kept = Object.entries(headers).filter(
    ([name]) => !name.startsWith(':') && !spokenFor.test(name),
  )
  const passed: IncomingHttpHeaders = Object.fromEntries(kept)
  const protocols = passed['sec-websocket-protocol']
  if (protocols?.includes(webSocketTokenPrefix) !== true) return passed
  const others = protocols
    .split(',')
    .filter((name) => !name.trim().startsWith(webSocketTokenPrefix))
  return { ...passed, 'sec-websocket-protocol': others.join(',').trim() }
}
