/** The host's resolvers, as resolv.conf(5) names them. */
import { isIP } from 'node:net'
import type { Upstream } from './exchange.ts'

/** The name servers of a resolv.conf, in order; zones of link-local addresses are kept. */
export function parseResolvConf(text: string): Upstream[] {
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([keyword]) => keyword === 'nameserver')
    .flatMap(([, host = '']) => (isIP(host.split('%')[0] ?? '') === 0 ? [] : [{ host, port: 53 }]))
}

/** Leaves out servers that are ourselves. */
export function withoutOwn(
  upstreams: readonly Upstream[],
  own: readonly Upstream[],
): readonly Upstream[] {
  return upstreams.filter(
    ({ host, port }) => !own.some((self) => self.host === host && self.port === port),
  )
}
