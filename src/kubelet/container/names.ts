/** A pod's names and paths, where upstream has them. */
import { join } from 'node:path'
import type { Pod } from '#api/core/v1.gen.ts'

/** `web_default(uid)`, as messages name a pod. Upstream: pkg/kubelet/util/format/pod.go. */
export function podText(pod: Pod): string {
  return `${pod.metadata.name}_${pod.metadata.namespace ?? ''}(${pod.metadata.uid})`
}

const hostnameBytesMax = 63

/** Upstream: pkg/kubelet/kubelet_pods.go, GeneratePodHostNameAndDomain. */
export function hostnameOf(pod: Pod, clusterDomain: string): { hostname: string; domain: string } {
  const { spec, metadata } = pod
  if (spec.hostnameOverride !== undefined) return { hostname: spec.hostnameOverride, domain: '' }
  const wanted = spec.hostname === undefined || spec.hostname === '' ? metadata.name : spec.hostname
  // A name that is cut must still begin and end as a host name may.
  const hostname = wanted.slice(0, hostnameBytesMax).replace(/[-.]+$/, '')
  const domain =
    spec.subdomain === undefined || spec.subdomain === ''
      ? ''
      : `${spec.subdomain}.${metadata.namespace ?? ''}.svc.${clusterDomain}`
  return { hostname, domain }
}

export interface KubeletPaths {
  /** Upstream's --root-dir, /var/lib/kubelet. */
  readonly root: string
  /** /var/log/pods */
  readonly podLogs: string
  /** /var/log/containers: links that log collectors follow. */
  readonly containerLogs: string
}

export function podFolder(paths: KubeletPaths, uid: string): string {
  return join(paths.root, 'pods', uid)
}

export function podLogFolder(paths: KubeletPaths, pod: Pod): string {
  const { namespace = '', name, uid } = pod.metadata
  return join(paths.podLogs, `${namespace}_${name}_${uid}`)
}

/** Where a container's termination message is written, on the host. */
export function containerFolder(paths: KubeletPaths, uid: string, container: string): string {
  return join(podFolder(paths, uid), 'containers', container)
}

export function hostsPath(paths: KubeletPaths, uid: string): string {
  return join(podFolder(paths, uid), 'etc-hosts')
}

export function seccompFolder(paths: KubeletPaths): string {
  return join(paths.root, 'seccomp')
}
