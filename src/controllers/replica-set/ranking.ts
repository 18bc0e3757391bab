/**
 * Which pods go first when there are too many.
 * Upstream: pkg/controller/controller_utils.go, ActivePodsWithRanks.Less, at v1.36.
 */
import type { ContainerStatus, Pod } from '#api/core/v1.gen.ts'
import { isPodReady } from '#api/meta/pods.ts'
import { readySinceMs } from '#controllers/pods.ts'

export const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost'

export interface Ranking {
  /** How many active pods of the same family share the pod's node, by node name. */
  readonly onNode: ReadonlyMap<string, number>
  readonly nowMs: number
}

/** The pods in the order in which they should be deleted. */
export function inDeletionOrder(pods: readonly Pod[], ranking: Ranking): readonly Pod[] {
  return pods.toSorted((a, b) => compare(a, b, ranking))
}

const phases: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 }

function compare(a: Pod, b: Pod, ranking: Ranking): number {
  for (const order of orders) {
    const difference = order(a, b, ranking)
    if (difference !== 0) return difference
  }
  return 0
}

type Order = (a: Pod, b: Pod, ranking: Ranking) => number

const by =
  (rank: (pod: Pod, ranking: Ranking) => number): Order =>
  (a, b, ranking) =>
    rank(a, ranking) - rank(b, ranking)

const orders: readonly Order[] = [
  by((pod) => (pod.spec.nodeName ? 1 : 0)),
  by((pod) => phases[pod.status?.phase ?? ''] ?? 0),
  by((pod) => (isPodReady(pod) ? 1 : 0)),
  by(deletionCost),
  by((pod, { onNode }) => -(onNode.get(pod.spec.nodeName ?? '') ?? 0)),
  (a, b, { nowMs }) => {
    if (!isPodReady(a) || !isPodReady(b)) return 0
    return younger({ a, b, aMs: readySinceMs(a), bMs: readySinceMs(b), nowMs })
  },
  by((pod) => -maxRestarts(pod.status?.containerStatuses)),
  by((pod) => -maxRestarts(pod.status?.initContainerStatuses)),
  (a, b, { nowMs }) => younger({ a, b, aMs: createdMs(a), bMs: createdMs(b), nowMs }),
]

function createdMs({ metadata }: Pod): number | undefined {
  return metadata.creationTimestamp === undefined
    ? undefined
    : Date.parse(metadata.creationTimestamp)
}

interface Ages {
  readonly a: Pod
  readonly b: Pod
  readonly aMs: number | undefined
  readonly bMs: number | undefined
  readonly nowMs: number
}

/** Ages count by powers of two: among pods of about the same age chance (the uid) decides. */
function younger({ a, b, aMs, bMs, nowMs }: Ages): number {
  if (aMs === bMs) return 0
  if (aMs === undefined) return -1
  if (bMs === undefined) return 1
  const difference = magnitude(nowMs - aMs) - magnitude(nowMs - bMs)
  if (difference !== 0) return difference
  return a.metadata.uid < b.metadata.uid ? -1 : 1
}

function magnitude(ms: number): number {
  return ms > 0 ? Math.floor(Math.log2(ms * 1_000_000)) : -1
}

function deletionCost({ metadata }: Pod): number {
  const text = metadata.annotations?.[deletionCostAnnotation]
  return text !== undefined && /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0
}

function maxRestarts(statuses: readonly ContainerStatus[] | undefined): number {
  return Math.max(0, ...(statuses ?? []).map(({ restartCount }) => restartCount))
}
