/**
 * Which of several pods is meant: the one whose logs tell most, the one that is most alive.
 * Upstream: kubectl pkg/util/podutils/podutils.go (ByLogging, ActivePods).
 */
import type { ContainerStatus, Pod } from './pod.ts'
import { isReady } from './pod.ts'

type Comparison = (a: Pod, b: Pod) => number

const phases = ['Pending', 'Unknown', 'Running']

/** Assigned, running, ready, long ready, restarted, old ones first. */
export const byLogging: Comparison = inOrder([
  (a, b) => isAssigned(b) - isAssigned(a),
  (a, b) => phaseOf(b) - phaseOf(a),
  (a, b) => Number(isReady(b)) - Number(isReady(a)),
  (a, b) => readySince(a) - readySince(b),
  (a, b) => restarts(b) - restarts(a),
  (a, b) => createdMs(a) - createdMs(b),
])

/** The same, but ones that were restarted come last. */
export const byActivity: Comparison = inOrder([
  (a, b) => isAssigned(b) - isAssigned(a),
  (a, b) => phaseOf(b) - phaseOf(a),
  (a, b) => Number(isReady(b)) - Number(isReady(a)),
  (a, b) => readySince(a) - readySince(b),
  (a, b) => restarts(a) - restarts(b),
  (a, b) => createdMs(a) - createdMs(b),
])

/** The first comparison that tells two apart decides. */
function inOrder(comparisons: readonly Comparison[]): Comparison {
  return (a, b) => {
    for (const compare of comparisons) {
      const order = compare(a, b)
      if (order !== 0 && !Number.isNaN(order)) return order
    }
    return 0
  }
}

function isAssigned({ spec }: Pod): number {
  return (spec?.nodeName ?? '') === '' ? 0 : 1
}

function phaseOf({ status }: Pod): number {
  return Math.max(0, phases.indexOf(status?.phase ?? ''))
}

/** Not ready, or without a time: later than all. */
function readySince(pod: Pod): number {
  if (!isReady(pod)) return Number.POSITIVE_INFINITY
  const since = pod.status?.conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime
  return since === undefined ? Number.POSITIVE_INFINITY : Date.parse(since)
}

function restarts({ status }: Pod): number {
  const most = (statuses: readonly ContainerStatus[]): number =>
    Math.max(0, ...statuses.map(({ restartCount = 0 }) => restartCount))
  return most(status?.containerStatuses ?? [])
}

function createdMs({ metadata }: Pod): number {
  const created = metadata?.creationTimestamp ?? undefined
  return created === undefined ? Number.POSITIVE_INFINITY : Date.parse(created)
}
