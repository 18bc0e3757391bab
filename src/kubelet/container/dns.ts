/** A pod's resolv.conf. Upstream: pkg/kubelet/network/dns/dns.go at v1.36. */
import type { Pod, PodDNSConfig } from '#api/core/v1.gen.ts'

export interface Resolver {
  readonly servers: readonly string[]
  readonly searches: readonly string[]
  readonly options: readonly string[]
}

export interface DnsInput {
  readonly pod: Pod
  /** Addresses of the cluster's DNS Service. */
  readonly clusterServers: readonly string[]
  readonly clusterDomain: string
  /** What the node itself uses. */
  readonly node: Resolver
}

const limits = { servers: 3, searches: 32, searchBytes: 2048 } as const

export interface DnsOutcome extends Resolver {
  /** The policy asks for the cluster's DNS, and the node knows none. */
  readonly missingClusterDns: boolean
}

export function podResolver(input: DnsInput): DnsOutcome {
  const { pod, clusterServers } = input
  const policy = effectivePolicy(pod)
  const missingClusterDns = policy === 'ClusterFirst' && clusterServers.length === 0
  const base =
    policy === 'None'
      ? { servers: [], searches: [], options: [] }
      : policy === 'ClusterFirst' && !missingClusterDns
        ? clusterResolver(input)
        : input.node
  return { ...fit(merge(base, pod.spec.dnsConfig)), missingClusterDns }
}

function effectivePolicy(pod: Pod): 'ClusterFirst' | 'Default' | 'None' {
  switch (pod.spec.dnsPolicy) {
    case 'None':
      return 'None'
    case 'Default':
      return 'Default'
    case 'ClusterFirstWithHostNet':
      return 'ClusterFirst'
    default:
      return pod.spec.hostNetwork === true ? 'Default' : 'ClusterFirst'
  }
}

function clusterResolver({ pod, clusterServers, clusterDomain, node }: DnsInput): Resolver {
  const services = `svc.${clusterDomain}`
  const searches = [`${pod.metadata.namespace ?? ''}.${services}`, services, clusterDomain]
  return {
    servers: clusterServers,
    searches: clusterDomain === '' ? node.searches : unique([...searches, ...node.searches]),
    options: ['ndots:5'],
  }
}

function merge(base: Resolver, extra: PodDNSConfig | undefined): Resolver {
  if (extra === undefined) return base
  const options = new Map(base.options.map((option) => [option.split(':')[0] ?? option, option]))
  for (const { name = '', value } of extra.options ?? []) {
    options.set(name, value === undefined || value === '' ? name : `${name}:${value}`)
  }
  return {
    servers: unique([...base.servers, ...(extra.nameservers ?? [])]),
    searches: unique([...base.searches, ...(extra.searches ?? [])]),
    options: [...options.values()],
  }
}

/** More than the C library reads would be ignored there. */
function fit({ servers, searches, options }: Resolver): Resolver {
  let bytes = 0
  const fitting = searches
    .slice(0, limits.searches)
    .filter((search) => (bytes += search.length + 1) <= limits.searchBytes)
  return { servers: servers.slice(0, limits.servers), searches: fitting, options }
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list)]
}

/** Reads a resolv.conf; what it does not know it leaves out. */
export function parseResolvConf(text: string): Resolver {
  const servers: string[] = []
  let searches: string[] = []
  const options: string[] = []
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/)
    if (keyword === 'nameserver' && values[0] !== undefined) servers.push(values[0])
    else if (keyword === 'search') searches = values.map((each) => each.replace(/(.)\.$/, '$1'))
    else if (keyword === 'options') options.push(...values)
  }
  return { servers, searches, options }
}
