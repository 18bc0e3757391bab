/** Gives back what pods held: volumes, cgroups, sandboxes, logs. */
import { readdir, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '#api/core/v1.gen.ts'
import { isGrpc } from '#base/grpc-error.ts'
import { podFolder, podLogFolder } from '#kubelet/container/names.ts'
import type { PodRuntime } from '#kubelet/runtime/pod-runtime.ts'
import type { PodVolumes } from '#kubelet/volumes/pod-volumes.ts'
import type { KubeletHost } from './host.ts'

/** After the last container: what the pod held while it ran. */
export async function releasePod(host: KubeletHost, pod: Pod, volumes: PodVolumes): Promise<void> {
  const { uid } = pod.metadata
  host.probes.forget(uid)
  host.puller.forget(uid)
  host.tokens.forget(uid)
  host.crashes.forgetPrefix(`${uid}_`)
  host.configMaps.release(uid)
  host.secrets.release(uid)
  await Promise.all([volumes.tearDown(uid), host.cgroups.remove(host.podCgroup(pod))])
}

/** After the pod itself: what was kept to be looked at. */
export async function purgePod(
  host: KubeletHost,
  pod: Pod,
  runtime: PodRuntime,
  signal: AbortSignal,
): Promise<void> {
  const { uid } = pod.metadata
  for (const { id } of runtime.sandboxes) {
    // Removing a sandbox removes its containers.
    await host.cri.removePodSandbox(id, { signal }).catch((error: unknown) => {
      if (!isGrpc(error, 'NotFound')) throw error
    })
  }
  await Promise.all([
    rm(podFolder(host.paths, uid), { recursive: true, force: true }),
    rm(podLogFolder(host.paths, pod), { recursive: true, force: true }),
    removeLogLinks(host, pod),
  ])
}

async function removeLogLinks(host: KubeletHost, { metadata }: Pod): Promise<void> {
  const folder = host.paths.containerLogs
  const prefix = `${metadata.name}_${metadata.namespace ?? ''}_`
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    if (name.startsWith(prefix)) await unlink(join(folder, name)).catch(() => undefined)
  }
}
