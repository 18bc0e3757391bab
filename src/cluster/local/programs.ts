/**
 * The command lines of a cluster's programs, with upstream's flags, and the kubeconfigs they use. `self` is the
 * command that runs k8ts: a program is started by it and not by bin/, which would look for the right one again.
 */
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { writeKubeconfig } from '#bootstrap/kubeconfig/file.ts'
import { buildKubeconfig, embeddedEntry } from '#bootstrap/kubeconfig/kubeconfig.ts'
import type { ClusterPki } from '#bootstrap/pki/cluster-pki.ts'
import type { NodeFacts } from './containerd.ts'
import type { Paths } from './paths.ts'
import { findProgram } from './preflight.ts'
import type { Profile } from './profile.ts'
import type { Program } from './supervised.ts'

/** Names of the supervised programs: each needs none but those before it. */
export const programNames = ['registry', 'containerd', 'control-plane', 'node'] as const

export function serverUrl(profile: Profile): string {
  return `https://127.0.0.1:${profile.apiServerPort}`
}

export const serviceAddress = '10.96.0.1'
export const dnsAddress = '10.96.0.10'

export async function containerdProgram(paths: Paths): Promise<Program> {
  const program = (await findProgram('containerd', process.env)) ?? 'containerd'
  return { name: 'containerd', command: [program, '--config', paths.containerd.config] }
}

/**
 * For V8 in programs that run for days: the heap grows by two fifths between collections instead of doubling.
 * bin/k8ts has the same; docs/performance.md says what it is worth.
 */
export const serverFlags = ['--max-semi-space-size=8', '--heap-growing-percent=40'] as const

/** `self` with the flags of a server. */
function server([node, ...rest]: Program['command']): Program['command'] {
  return [node, ...serverFlags, ...rest]
}

export function controlPlaneProgram(
  paths: Paths,
  profile: Profile,
  self: Program['command'],
): Program {
  const pki = (file: string): string => join(paths.pki, file)
  return {
    name: 'control-plane',
    command: [
      ...server(self),
      'control-plane',
      `--secure-port=${profile.apiServerPort}`,
      `--advertise-address=${profile.nodeIp}`,
      `--storage-file=${paths.database}`,
      `--client-ca-file=${pki('ca.crt')}`,
      `--tls-cert-file=${pki('apiserver.crt')}`,
      `--tls-private-key-file=${pki('apiserver.key')}`,
      `--service-account-key-file=${pki('sa.pub')}`,
      `--service-account-signing-key-file=${pki('sa.key')}`,
      `--service-account-issuer=https://kubernetes.default.svc.${profile.dnsDomain}`,
      `--service-cluster-ip-range=${profile.serviceCidr}`,
      '--enable-bootstrap-token-auth=true',
      `--requestheader-client-ca-file=${pki('front-proxy-ca.crt')}`,
      '--requestheader-allowed-names=front-proxy-client',
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-uid-headers=X-Remote-Uid',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      `--proxy-client-cert-file=${pki('front-proxy-client.crt')}`,
      `--proxy-client-key-file=${pki('front-proxy-client.key')}`,
      `--kubelet-certificate-authority=${pki('ca.crt')}`,
      `--kubelet-client-certificate=${pki('apiserver-kubelet-client.crt')}`,
      `--kubelet-client-key=${pki('apiserver-kubelet-client.key')}`,
      `--cluster-cidr=${profile.podCidr}`,
      `--root-ca-file=${pki('ca.crt')}`,
      '--controllers=*,bootstrapsigner,tokencleaner',
      `--cluster-signing-cert-file=${pki('ca.crt')}`,
      `--cluster-signing-key-file=${pki('ca.key')}`,
      ...extra(profile, ['apiserver', 'controller-manager', 'scheduler']),
    ],
  }
}

export function nodeProgram(
  paths: Paths,
  profile: Profile,
  facts: NodeFacts,
  self: Program['command'],
): Program {
  return {
    name: 'node',
    command: [
      ...server(self),
      'node',
      `--hostname-override=${profile.nodeName}`,
      `--node-ip=${profile.nodeIp}`,
      `--kubeconfig=${join(paths.kubeconfigs, 'kubelet.conf')}`,
      `--proxy-kubeconfig=${join(paths.kubeconfigs, 'kube-proxy.conf')}`,
      `--dns-kubeconfig=${join(paths.kubeconfigs, 'dns.conf')}`,
      `--container-runtime-endpoint=unix://${paths.containerd.socket}`,
      `--root-dir=${paths.kubelet}`,
      `--pod-log-dir=${paths.podLogs}`,
      `--pod-manifest-path=${paths.manifests}`,
      `--cni-conf-dir=${paths.cni.config}`,
      `--image-root=${paths.containerd.root}`,
      `--cgroup-driver=${facts.cgroupDriver}`,
      `--client-ca-file=${join(paths.pki, 'ca.crt')}`,
      `--tls-cert-file=${join(paths.pki, 'kubelet.crt')}`,
      `--tls-private-key-file=${join(paths.pki, 'kubelet.key')}`,
      `--cluster-dns=${dnsAddress}`,
      `--cluster-domain=${profile.dnsDomain}`,
      `--cluster-cidr=${profile.podCidr}`,
      '--node-labels=node-role.kubernetes.io/control-plane=',
      ...extra(profile, ['kubelet', 'kube-proxy']),
    ],
  }
}

function extra(profile: Profile, components: readonly string[]): readonly string[] {
  return Object.entries(profile.extraConfig)
    .filter(([key]) => components.includes(key.split('.', 1)[0] ?? ''))
    .map(([key, value]) => `--${key.slice(key.indexOf('.') + 1)}=${value}`)
}

/** One kubeconfig per identity, each with its own certificate; 0600, since they name keys. */
export async function writeKubeconfigs(
  paths: Paths,
  profile: Profile,
  pki: ClusterPki,
): Promise<void> {
  await mkdir(paths.kubeconfigs, { recursive: true, mode: 0o700 })
  const rows = [
    ['kubelet', `system:node:${profile.nodeName}`, pki.kubeletClient],
    ['kube-proxy', 'system:kube-proxy', pki.kubeProxy],
    ['dns', 'system:dns', pki.dns],
    ['admin', 'kubernetes-admin', pki.admin],
  ] as const
  for (const [name, user, pair] of rows) {
    const names = { clusterName: 'k8ts', userName: user, contextName: user }
    const server = { url: serverUrl(profile), ca: pki.ca.certificate }
    await writeKubeconfig(
      join(paths.kubeconfigs, `${name}.conf`),
      buildKubeconfig(embeddedEntry(names, server, pair)),
    )
  }
}
