/** What the node, its pods and their containers use right now. */
import { readFile } from 'node:fs/promises'
import type { Pod } from '#api/core/v1.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { CriClient } from '#cri/client.ts'
import type { ContainerStats } from '#cri/messages.gen.ts'
import type { Cgroups } from '#kubelet/cgroups/cgroups.ts'
import type { CgroupName } from '#kubelet/cgroups/layout.ts'
import { measurePressure } from '#kubelet/node/machine.ts'
import type { FileSystem } from '#kubelet/node/machine.ts'
import { labelNames } from '#kubelet/runtime/labels.ts'
import { latest } from '#kubelet/runtime/pod-runtime.ts'
import type { PodRuntime } from '#kubelet/runtime/pod-runtime.ts'

export interface Usage {
  /** Processor time since the beginning. */
  readonly cpuNanoseconds: number
  readonly workingSetBytes: number
}

export interface ContainerSample extends Usage {
  readonly name: string
  readonly startedAtMs: number
  readonly usageBytes: number
  readonly rssBytes: number
  readonly pageFaults: number
  readonly majorPageFaults: number
  /** Of the container's writable layer. */
  readonly writtenBytes: number
  readonly writtenInodes: number
}

export interface PodSample {
  readonly pod: Pod
  /** Undefined where the pod's cgroup cannot be read. */
  readonly usage: Usage | undefined
  readonly containers: readonly ContainerSample[]
}

export interface Sample {
  readonly atMs: number
  readonly node: Usage & {
    readonly memoryTotalBytes: number
    readonly storage: FileSystem
    readonly images: FileSystem
    readonly pidsMax: number
    readonly pids: number
  }
  readonly pods: readonly PodSample[]
}

export interface SampleSources {
  readonly clock: Clock
  readonly cri: CriClient
  readonly cgroups: Cgroups
  readonly podCgroup: (pod: Pod) => CgroupName
  readonly root: string
  readonly imageRoot: string
  readonly memoryTotalBytes: number
  readonly pods: () => readonly { readonly pod: Pod; readonly runtime: PodRuntime }[]
}

export async function takeSample(sources: SampleSources): Promise<Sample> {
  const { clock, cri, root, imageRoot, memoryTotalBytes } = sources
  const [stats, pressure, cpu] = await Promise.all([
    cri.listContainerStats(),
    measurePressure(root, imageRoot),
    readFile('/proc/stat', 'utf8'),
  ])
  const byId = new Map(stats.map((each) => [each.attributes?.id ?? '', each]))
  return {
    atMs: clock.nowMs(),
    node: {
      cpuNanoseconds: busyNanoseconds(cpu),
      workingSetBytes: memoryTotalBytes - pressure.memoryAvailableBytes,
      memoryTotalBytes,
      storage: pressure.storage,
      images: pressure.images,
      pidsMax: pressure.pidsMax,
      pids: pressure.pidsMax - pressure.pidsAvailable,
    },
    pods: sources
      .pods()
      .map(({ pod, runtime }) => ({
        pod,
        usage: sources.cgroups.usage(sources.podCgroup(pod)),
        containers: containerSamples(runtime, byId),
      }))
      .filter(({ containers }) => containers.length > 0),
  }
}

function containerSamples(
  runtime: PodRuntime,
  stats: ReadonlyMap<string, ContainerStats>,
): readonly ContainerSample[] {
  return runtime.containers.flatMap(({ id, name, state }) => {
    const found = stats.get(id)
    if (state.is !== 'running' || found === undefined || latest(runtime, name)?.id !== id) return []
    return [containerSample(found, state.startedAtMs)]
  })
}

function containerSample(stats: ContainerStats, startedAtMs: number): ContainerSample {
  const { cpu, memory, writableLayer } = stats
  return {
    name: stats.attributes?.labels[labelNames.containerName] ?? '',
    startedAtMs,
    cpuNanoseconds: cpu?.usageCoreNanoSeconds?.value ?? 0,
    workingSetBytes: memory?.workingSetBytes?.value ?? 0,
    usageBytes: memory?.usageBytes?.value ?? 0,
    rssBytes: memory?.rssBytes?.value ?? 0,
    pageFaults: memory?.pageFaults?.value ?? 0,
    majorPageFaults: memory?.majorPageFaults?.value ?? 0,
    writtenBytes: writableLayer?.usedBytes?.value ?? 0,
    writtenInodes: writableLayer?.inodesUsed?.value ?? 0,
  }
}

/** The kernel counts in hundredths of a second; what is idle or waits for a disk is not used. */
export function busyNanoseconds(procStat: string): number {
  const words = /^cpu +(.*)$/m.exec(procStat)?.[1]?.split(' ').map(Number) ?? []
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = words
  return (user + nice + system + irq + softirq + steal) * 1e7
}
