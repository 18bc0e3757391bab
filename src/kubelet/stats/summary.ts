/**
 * `/stats/summary`, as metrics pipelines read it.
 * Upstream: staging/src/k8s.io/kubelet/pkg/apis/stats/v1alpha1/types.go at v1.36.
 */
import { timestamp } from '#base/clock.ts'
import type { FileSystem } from '#kubelet/node/machine.ts'
import type { ContainerSample, PodSample, Sample, Usage } from './sample.ts'

/** `prior` is an earlier sample, from which rates are taken. */
export function summary(nodeName: string, sample: Sample, prior: Sample | undefined): object {
  const { node } = sample
  const time = timestamp(sample.atMs)
  return {
    node: {
      nodeName,
      cpu: cpu(node, prior?.node, spanMs(sample, prior), time),
      memory: {
        time,
        availableBytes: node.memoryTotalBytes - node.workingSetBytes,
        workingSetBytes: node.workingSetBytes,
      },
      fs: fileSystem(node.storage, time),
      runtime: { imageFs: fileSystem(node.images, time) },
      rlimit: { time, maxpid: node.pidsMax, curproc: node.pids },
    },
    pods: sample.pods.map((pod) => podSummary(pod, sample, prior, time)),
  }
}

function podSummary(
  { pod, usage, containers }: PodSample,
  sample: Sample,
  prior: Sample | undefined,
  time: string,
): object {
  const { name, namespace, uid } = pod.metadata
  const before = prior?.pods.find((each) => each.pod.metadata.uid === uid)
  const span = spanMs(sample, prior)
  const written = containers.reduce((total, each) => total + each.writtenBytes, 0)
  return {
    podRef: { name, namespace, uid },
    startTime: pod.status?.startTime,
    containers: containers.map((container) => {
      const earlier = before?.containers.find((each) => each.name === container.name)
      return containerSummary(container, { earlier, span, time, storage: sample.node.images })
    }),
    ...(usage === undefined
      ? {}
      : {
          cpu: cpu(usage, before?.usage, span, time),
          memory: { time, workingSetBytes: usage.workingSetBytes },
        }),
    'ephemeral-storage': { ...fileSystem(sample.node.storage, time), usedBytes: written },
  }
}

function containerSummary(
  container: ContainerSample,
  around: { earlier: Usage | undefined; span: number; time: string; storage: FileSystem },
): object {
  const { earlier, span, time, storage } = around
  return {
    name: container.name,
    startTime: timestamp(container.startedAtMs),
    cpu: cpu(container, earlier, span, time),
    memory: {
      time,
      usageBytes: container.usageBytes,
      workingSetBytes: container.workingSetBytes,
      rssBytes: container.rssBytes,
      pageFaults: container.pageFaults,
      majorPageFaults: container.majorPageFaults,
    },
    rootfs: {
      ...fileSystem(storage, time),
      usedBytes: container.writtenBytes,
      inodesUsed: container.writtenInodes,
    },
  }
}

/** A rate needs two samples: without an earlier one only the total is told. */
function cpu(usage: Usage, before: Usage | undefined, span: number, time: string): object {
  const total = { time, usageCoreNanoSeconds: usage.cpuNanoseconds }
  if (before === undefined || span <= 0) return total
  const used = Math.max(0, usage.cpuNanoseconds - before.cpuNanoseconds)
  return { ...total, usageNanoCores: Math.round((used * 1000) / span) }
}

function spanMs(sample: Sample, prior: Sample | undefined): number {
  return prior === undefined ? 0 : sample.atMs - prior.atMs
}

function fileSystem(system: FileSystem, time: string): object {
  return {
    time,
    availableBytes: system.availableBytes,
    capacityBytes: system.totalBytes,
    usedBytes: system.totalBytes - system.availableBytes,
    inodesFree: system.freeInodes,
    inodes: system.totalInodes,
    inodesUsed: system.totalInodes - system.freeInodes,
  }
}
