/**
 * Pods that write more to the node's disk than they may.
 * Upstream: pkg/kubelet/eviction/eviction_manager.go, localStorageEviction, at v1.36.
 */
import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Pod } from '#api/core/v1.gen.ts'
import { podLimits } from '#api/meta/pods.ts'
import { wholeUnits } from '#api/meta/quantity.ts'
import type { KubeletPaths } from '#kubelet/container/names.ts'
import { volumeFolder } from '#kubelet/volumes/volumes.ts'
import type { PodSample } from '#kubelet/stats/sample.ts'

/** Why the pod must go; undefined while it keeps within its limits. */
export async function storageExcess(
  pod: Pod,
  paths: KubeletPaths,
  sample: PodSample | undefined,
): Promise<string | undefined> {
  return (await emptyDirExcess(pod, paths)) ?? writtenExcess(pod, sample)
}

async function emptyDirExcess(pod: Pod, paths: KubeletPaths): Promise<string | undefined> {
  for (const { name, emptyDir } of pod.spec.volumes ?? []) {
    const limit = emptyDir?.sizeLimit
    // What lies in memory cannot grow beyond its size.
    if (limit === undefined || emptyDir?.medium === 'Memory') continue
    const bytesMax = Number(wholeUnits(limit))
    if (bytesMax === 0) continue
    const used = await diskUsage(volumeFolder(paths, pod, 'empty-dir', name), bytesMax)
    if (used > bytesMax) return `Usage of EmptyDir volume "${name}" exceeds the limit "${limit}". `
  }
  return undefined
}

function writtenExcess(pod: Pod, sample: PodSample | undefined): string | undefined {
  if (sample === undefined) return undefined
  let total = 0
  for (const { name, writtenBytes } of sample.containers) {
    total += writtenBytes
    const container = pod.spec.containers.find((each) => each.name === name)
    const limit = container?.resources?.limits?.['ephemeral-storage']
    if (limit !== undefined && writtenBytes > Number(wholeUnits(limit))) {
      return `Container ${name} exceeded its local ephemeral storage limit "${limit}". `
    }
  }
  const most = podLimits(pod)['ephemeral-storage']
  const everyone = pod.spec.containers.every(
    ({ resources }) => resources?.limits?.['ephemeral-storage'] !== undefined,
  )
  if (most === undefined || !everyone || total <= most) return undefined
  return `Pod ephemeral local storage usage exceeds the total limit of containers ${most}. `
}

/** The bytes that a folder takes on the disk; stops counting beyond `enough`. */
export async function diskUsage(folder: string, enough = Infinity): Promise<number> {
  let bytes = 0
  const folders = [folder]
  for (let next = folders.pop(); next !== undefined && bytes <= enough; next = folders.pop()) {
    // Files come and go while they are counted.
    const entries = await readdir(next, { withFileTypes: true }).catch(() => [])
    for (const entry of entries) {
      const path = join(next, entry.name)
      if (entry.isDirectory()) folders.push(path)
      const stats = await lstat(path).catch(() => undefined)
      bytes += (stats?.blocks ?? 0) * 512
    }
  }
  return bytes
}
