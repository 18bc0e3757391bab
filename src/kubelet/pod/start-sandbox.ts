/** Makes a pod's sandbox: its cgroup, its folders, its network. */
import { mkdir } from 'node:fs/promises'
import type { Pod } from '#api/core/v1.gen.ts'
import type { Input } from '#base/protobuf/codec.ts'
import type { PodSandboxConfig } from '#cri/messages.gen.ts'
import { podCgroupLimits } from '#kubelet/cgroups/values.ts'
import { sandboxConfig } from '#kubelet/container/config.ts'
import { podResolver } from '#kubelet/container/dns.ts'
import { hostnameOf, podFolder, podLogFolder, seccompFolder } from '#kubelet/container/names.ts'
import { eventObject } from './host.ts'
import type { KubeletHost } from './host.ts'

/** The configuration of a pod's sandbox; containers are created with the same. */
export async function podSandboxConfig(
  host: KubeletHost,
  pod: Pod,
  attempt: number,
): Promise<Input<PodSandboxConfig>> {
  const { node, paths } = host
  const resolver = podResolver({
    pod,
    clusterServers: node.clusterDns,
    clusterDomain: node.clusterDomain,
    node: await node.resolver(),
  })
  if (resolver.missingClusterDns) {
    host.recorder.event(
      eventObject(pod),
      'Warning',
      'MissingClusterDNS',
      `kubelet does not have ClusterDNS IP configured and cannot create Pod using "${pod.spec.dnsPolicy ?? 'ClusterFirst'}" policy. Falling back to "Default" policy.`,
    )
  }
  const { hostname, domain } = hostnameOf(pod, node.clusterDomain)
  const wholeName = pod.spec.setHostnameAsFQDN === true && domain !== ''
  return sandboxConfig({
    pod,
    attempt,
    hostname: wholeName ? `${hostname}.${domain}` : hostname,
    resolver,
    logFolder: podLogFolder(paths, pod),
    cgroupParent: host.cgroups.parentOf(host.podCgroup(pod)),
    seccompFolder: seccompFolder(paths),
    limits: podCgroupLimits(pod),
  })
}

/** Makes what a pod needs before its sandbox. */
export async function preparePod(host: KubeletHost, pod: Pod): Promise<void> {
  await Promise.all([
    host.cgroups.apply(host.podCgroup(pod), podCgroupLimits(pod)),
    mkdir(podFolder(host.paths, pod.metadata.uid), { recursive: true, mode: 0o750 }),
    mkdir(podLogFolder(host.paths, pod), { recursive: true, mode: 0o755 }),
  ])
}

/** Rejects when the runtime refuses; the event tells of it. */
export async function startSandbox(
  host: KubeletHost,
  pod: Pod,
  attempt: number,
  signal: AbortSignal,
): Promise<void> {
  try {
    const config = await podSandboxConfig(host, pod, attempt)
    const { runtimeClassName } = pod.spec
    const runtimeHandler =
      runtimeClassName === undefined ? '' : await host.runtimeHandler(runtimeClassName)
    using _place = await host.starts.take(signal)
    const { podSandboxId } = await host.cri.runPodSandbox({ config, runtimeHandler }, { signal })
    host.observer.own(podSandboxId, pod.metadata.uid)
  } catch (error) {
    signal.throwIfAborted()
    const reason = error instanceof Error ? error.message : String(error)
    host.recorder.event(
      eventObject(pod),
      'Warning',
      'FailedCreatePodSandBox',
      `Failed to create pod sandbox: ${reason}`,
    )
    throw error
  }
}
