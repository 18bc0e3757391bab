/**
 * Where a request came from, for the audit log: what proxies say, then who connected.
 * Upstream: staging/src/k8s.io/apimachinery/pkg/util/net/http.go, SourceIPs, v1.36.
 */
import { isIP } from 'node:net'
import type { IncomingHttpHeaders } from 'node:http'

export function sourceIps(headers: IncomingHttpHeaders, remoteAddress: string): readonly string[] {
  const found: string[] = []
  const forwarded = headers['x-forwarded-for']
  const listed = typeof forwarded === 'string' ? forwarded.split(',') : (forwarded ?? [])
  for (const text of listed) addAddress(found, text.trim())
  const real = headers['x-real-ip']
  if (typeof real === 'string' && !found.includes(real)) addAddress(found, real)
  const remote = remoteAddress.replace(/^::ffff:/, '')
  if (found.at(-1) !== remote) addAddress(found, remote)
  return found
}

function addAddress(addresses: string[], text: string): void {
  if (isIP(text) !== 0) addresses.push(text)
}
