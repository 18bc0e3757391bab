/** A pod's /etc/hosts. Upstream: pkg/kubelet/kubelet_pods.go, ensureHostsFile, at v1.36. */
import type { HostAlias } from '#api/core/v1.gen.ts'

export interface HostsInput {
  readonly ips: readonly string[]
  readonly hostname: string
  readonly domain: string
  readonly aliases: readonly HostAlias[]
}

export function hostsFile({ ips, hostname, domain, aliases }: HostsInput): string {
  const lines = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...ips.map((ip) =>
      domain === '' ? `${ip}\t${hostname}` : `${ip}\t${hostname}.${domain}\t${hostname}`,
    ),
  ]
  return `${lines.join('\n')}\n${aliasLines(aliases)}`
}

/** A pod of the host's network has the host's file. */
export function hostNetworkHostsFile(nodeFile: string, aliases: readonly HostAlias[]): string {
  return `# Kubernetes-managed hosts file (host network).\n${nodeFile}${aliasLines(aliases)}`
}

function aliasLines(aliases: readonly HostAlias[]): string {
  if (aliases.length === 0) return ''
  const lines = aliases.map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join('\t')}`)
  return `\n# Entries added by HostAliases.\n${lines.join('\n')}\n`
}
