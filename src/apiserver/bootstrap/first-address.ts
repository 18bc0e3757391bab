import { isIPv4 } from 'node:net'

/** The address after the network's own: the `kubernetes` Service has it. Takes a CIDR. */
export function firstAddress(cidr: string): string {
  const [network = ''] = cidr.split('/', 1)
  if (!isIPv4(network)) return network.endsWith('::') ? `${network}1` : nextIpv6(network)
  const bytes = network.split('.').map(Number)
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0) + 1
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
}

function nextIpv6(network: string): string {
  const at = network.lastIndexOf(':') + 1
  return `${network.slice(0, at)}${(Number.parseInt(network.slice(at), 16) + 1).toString(16)}`
}
