/**
 * Who goes first when the node runs short; pure.
 * Upstream: pkg/kubelet/eviction/helpers.go, rankMemoryPressure and rankDiskPressureFunc, at v1.36.
 */
import type { Pod } from '#api/core/v1.gen.ts'
import { isMirrorPod, isStaticPod, podRequests } from '#api/meta/pods.ts'
import type { PodSample } from '#kubelet/stats/sample.ts'

export type Shortage = 'memory' | 'ephemeral-storage'

const systemCriticalPriority = 2_000_000_000

/** Those that may be evicted, the first to go first. */
export function evictionOrder(
  samples: readonly PodSample[],
  shortage: Shortage,
): readonly PodSample[] {
  return samples
    .filter(({ pod }) => mayEvict(pod))
    .toSorted(
      (a, b) =>
        Number(excess(b, shortage) > 0) - Number(excess(a, shortage) > 0) ||
        (a.pod.spec.priority ?? 0) - (b.pod.spec.priority ?? 0) ||
        excess(b, shortage) - excess(a, shortage),
    )
}

function mayEvict(pod: Pod): boolean {
  return !isStaticPod(pod) && !isMirrorPod(pod) && (pod.spec.priority ?? 0) < systemCriticalPriority
}

/** How much more than it asked for a pod uses. */
function excess(sample: PodSample, shortage: Shortage): number {
  return usageOf(sample, shortage) - (podRequests(sample.pod)[shortage] ?? 0)
}

export function usageOf({ usage, containers }: PodSample, shortage: Shortage): number {
  const own =
    shortage === 'memory'
      ? containers.map((each) => each.workingSetBytes)
      : containers.map((each) => each.writtenBytes)
  const sum = own.reduce((total, each) => total + each, 0)
  return shortage === 'memory' ? (usage?.workingSetBytes ?? sum) : sum
}

/** What the pod is told. Upstream: evictionMessage. */
export function evictionMessage(
  sample: PodSample,
  shortage: Shortage,
  amounts: { readonly threshold: string; readonly availableBytes: number },
): string {
  const greedy = sample.containers.flatMap((container) => {
    const spec = sample.pod.spec.containers.find(({ name }) => name === container.name)
    const used = shortage === 'memory' ? container.workingSetBytes : container.writtenBytes
    const request = spec?.resources?.requests?.[shortage] ?? '0'
    const asked = podRequests({ spec: { containers: spec === undefined ? [] : [spec] } })
    return used <= (asked[shortage] ?? 0)
      ? []
      : [
          `Container ${container.name} was using ${kibibytes(used)}, request is ${request}, has larger consumption of ${shortage}. `,
        ]
  })
  const { threshold, availableBytes } = amounts
  return `The node was low on resource: ${shortage}. Threshold quantity: ${threshold}, available: ${kibibytes(availableBytes)}. ${greedy.join('')}`
}

function kibibytes(bytes: number): string {
  return `${Math.floor(bytes / 1024)}Ki`
}
