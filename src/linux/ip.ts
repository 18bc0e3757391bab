/** Links, addresses and routes through iproute2: JSON in, batches out. */
import type { Run } from './run.ts'

/** The fields of `ip -j address` that are used; the program prints more. */
export interface IpLink {
  readonly ifindex: number
  readonly ifname: string
  readonly flags: readonly string[]
  readonly mtu: number
  readonly operstate: string
  readonly address?: string
  readonly addr_info: readonly IpAddress[]
}

export interface IpAddress {
  readonly family: 'inet' | 'inet6'
  readonly local: string
  readonly prefixlen: number
  readonly scope: string
}

export interface IpRoute {
  /** `default`, an address or a CIDR. */
  readonly dst: string
  readonly gateway?: string
  readonly dev?: string
  readonly prefsrc?: string
  readonly metric?: number
  readonly protocol?: string
}

/** All links with their addresses. */
export async function readLinks(run: Run): Promise<IpLink[]> {
  return parse(await run('ip', ['-j', 'address', 'show']))
}

/** The main table's routes. */
export async function readRoutes(run: Run, family: 'IPv4' | 'IPv6' = 'IPv4'): Promise<IpRoute[]> {
  return parse(await run('ip', [family === 'IPv4' ? '-4' : '-6', '-j', 'route', 'show']))
}

/** Addresses of the host that others can reach: loopback and link-local ones are left out. */
export async function hostAddresses(run: Run): Promise<string[]> {
  const links = await readLinks(run)
  return links
    .flatMap((link) => link.addr_info)
    .filter((address) => address.scope === 'global')
    .map((address) => address.local)
}

/**
 * Runs `ip` commands in one process, in order: `link add …`, `route replace …`. It stops at the first
 * that fails, with the program's message, which names the line.
 */
export async function ipBatch(run: Run, commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return
  await run('ip', ['-batch', '-'], { input: `${commands.join('\n')}\n` })
}

/** iproute2 prints nothing at all for an empty list of some objects. */
function parse<T>(json: string): T[] {
  return json.trim() === '' ? [] : (JSON.parse(json) as T[])
}
