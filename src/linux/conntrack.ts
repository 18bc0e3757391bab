/** The kernel's connection table through conntrack(8). */
import { CommandError } from './run.ts'
import type { Run } from './run.ts'

export type FlowProtocol = 'tcp' | 'udp' | 'sctp'

/** A tracked flow: where the client sent to, and who answers. */
export interface Flow {
  readonly protocol: FlowProtocol
  readonly originalSource: string
  readonly originalDestination: string
  readonly originalDestinationPort: number
  readonly replySource: string
  readonly replySourcePort: number
}

/** All flows of one protocol and family. */
export async function readFlows(
  run: Run,
  protocol: FlowProtocol,
  family: 'IPv4' | 'IPv6' = 'IPv4',
): Promise<Flow[]> {
  const out = await run('conntrack', ['-L', '-f', familyName(family), '-p', protocol])
  return out.split('\n').flatMap((line) => parseFlow(line, protocol) ?? [])
}

/**
 * Fields come as `src= dst= sport= dport=` twice: the original direction, then the reply's.
 * `udp 17 29 src=10.0.0.1 dst=10.96.0.10 sport=4 dport=53 src=10.244.0.2 dst=10.0.0.1 sport=53 dport=4 …`
 */
export function parseFlow(line: string, protocol: FlowProtocol): Flow | undefined {
  if (!line.startsWith(protocol)) return undefined
  const all = (name: string): string[] =>
    [...line.matchAll(new RegExp(`\\b${name}=(\\S+)`, 'g'))].map((match) => match[1] ?? '')
  const [originalSource, replySource] = all('src')
  const [originalDestination] = all('dst')
  const [, replySourcePort] = all('sport')
  const [originalDestinationPort] = all('dport')
  if (originalSource === undefined || originalDestination === undefined) return undefined
  if (replySource === undefined) return undefined
  return {
    protocol,
    originalSource,
    originalDestination,
    originalDestinationPort: Number(originalDestinationPort),
    replySource,
    replySourcePort: Number(replySourcePort),
  }
}

/** Forgets every flow to one frontend that one backend answers; none there is no error. */
export async function deleteFlows(
  run: Run,
  flow: Omit<Flow, 'originalSource'>,
  family: 'IPv4' | 'IPv6' = 'IPv4',
): Promise<void> {
  try {
    const to = `--orig-dst ${flow.originalDestination} --orig-port-dst ${flow.originalDestinationPort}`
    const from = `--reply-src ${flow.replySource} --reply-port-src ${flow.replySourcePort}`
    const command = `-D -f ${familyName(family)} -p ${flow.protocol} ${to} ${from}`
    await run('conntrack', command.split(' '))
  } catch (error) {
    if (error instanceof CommandError && /0 flow entries have been deleted/.test(error.stderr))
      return
    throw error
  }
}

function familyName(family: 'IPv4' | 'IPv6'): string {
  return family === 'IPv4' ? 'ipv4' : 'ipv6'
}
