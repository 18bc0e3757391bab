/**
 * Ends pods that use more of the node's disk than they may, and, when the node itself runs short, one
 * pod a round until it does not. Upstream: pkg/kubelet/eviction/eviction_manager.go at v1.36.
 */
import type { EventRecorder } from '#client/events.ts'
import type { Logger } from '#base/logger.ts'
import type { KubeletPaths } from '#kubelet/container/names.ts'
import { eventObject } from '#kubelet/pod/host.ts'
import type { PodWorker } from '#kubelet/pod/worker.ts'
import type { Sample } from '#kubelet/stats/sample.ts'
import { storageExcess } from './local-storage.ts'
import { evictionMessage, evictionOrder } from './rank.ts'
import type { Shortage } from './rank.ts'

export interface EvictionInput {
  readonly workers: readonly PodWorker[]
  readonly paths: KubeletPaths
  readonly recorder: EventRecorder
  readonly log: Logger
  readonly pressure: { readonly memoryPressure: boolean; readonly diskPressure: boolean }
  readonly thresholds: Readonly<Record<string, string>>
  readonly sample: () => Promise<Sample>
  /** Makes room on the disk; true when it found some. */
  readonly freeImages: () => Promise<boolean>
}

/** Upstream: a pod that must go at once gets a second. */
const graceSeconds = 1

/** One round. */
export async function evict(input: EvictionInput): Promise<void> {
  const active = input.workers.filter((worker) => !worker.terminating)
  const limited = active.filter(({ pod }) => hasStorageLimits(pod.spec))
  const { memoryPressure, diskPressure } = input.pressure
  if (limited.length === 0 && !memoryPressure && !diskPressure) return
  const sample = await input.sample()
  for (const worker of limited) {
    const own = sample.pods.find(({ pod }) => pod.metadata.uid === worker.uid)
    const message = await storageExcess(worker.pod, input.paths, own)
    if (message !== undefined) end(input, worker, message)
  }
  if (memoryPressure) endFirst(input, active, sample, 'memory')
  else if (diskPressure && !(await input.freeImages())) {
    endFirst(input, active, sample, 'ephemeral-storage')
  }
}

function hasStorageLimits({ volumes = [], containers }: PodWorker['pod']['spec']): boolean {
  return (
    volumes.some(({ emptyDir }) => emptyDir?.sizeLimit !== undefined) ||
    containers.some(({ resources }) => resources?.limits?.['ephemeral-storage'] !== undefined)
  )
}

function endFirst(
  input: EvictionInput,
  active: readonly PodWorker[],
  sample: Sample,
  shortage: Shortage,
): void {
  const [first] = evictionOrder(sample.pods, shortage)
  const worker = active.find(({ uid }) => uid === first?.pod.metadata.uid)
  if (first === undefined || worker === undefined) {
    input.log.warning('the node runs short, and there is no pod to evict', { resource: shortage })
    return
  }
  const { node } = sample
  const memory = shortage === 'memory'
  const amounts = {
    threshold: input.thresholds[memory ? 'memory.available' : 'nodefs.available'] ?? '0',
    availableBytes: memory
      ? node.memoryTotalBytes - node.workingSetBytes
      : node.storage.availableBytes,
  }
  end(input, worker, evictionMessage(first, shortage, amounts), true)
}

function end(
  { recorder, log }: EvictionInput,
  worker: PodWorker,
  message: string,
  forTheNode = false,
): void {
  log.info('evicting a pod', { pod: worker.pod.metadata.name, reason: message })
  recorder.event(eventObject(worker.pod), 'Warning', 'Evicted', message)
  const disruption = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'TerminationByKubelet',
    message,
  } as const
  worker.end({
    phase: 'Failed',
    reason: 'Evicted',
    message,
    graceSeconds,
    ...(forTheNode ? { conditions: [disruption] } : {}),
  })
}
