/**
 * How many pods a budget lets go now.
 * Upstream: pkg/controller/disruption/disruption.go at v1.36.
 */
import type { Pod } from '#api/core/v1.gen.ts'
import { withCondition } from '#api/meta/conditions.ts'
import { isPodReady } from '#api/meta/pods.ts'
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '#api/policy/v1.gen.ts'
import { timestamp } from '#base/clock.ts'
import { scaledValue } from '#controllers/int-or-percent.ts'

/** An eviction that did not delete its pod by then has failed. Upstream: DeletionTimeout. */
export const deletionMsMax = 120_000

export interface Expectation {
  readonly expected: number
  readonly desired: number
}

/**
 * `scale` gives how many pods the owners of the pods want together: budgets in percent, and those that
 * limit what may be missing, count from there.
 */
export function expectationOf(
  { spec }: PodDisruptionBudget,
  pods: readonly Pod[],
  scale: () => number,
): Expectation {
  const { maxUnavailable, minAvailable } = spec ?? {}
  if (maxUnavailable !== undefined) {
    const total = scale()
    const missing = scaledValue(maxUnavailable, { total, roundUp: true })
    return { expected: total, desired: Math.max(0, total - missing) }
  }
  if (minAvailable === undefined) return { expected: pods.length, desired: 0 }
  if (typeof minAvailable === 'number') return { expected: pods.length, desired: minAvailable }
  const total = scale()
  return { expected: total, desired: scaledValue(minAvailable, { total, roundUp: true }) }
}

export interface Evictions {
  /** Pods that were evicted and are still there, by name. */
  readonly pending: Readonly<Record<string, string>>
  /** Pods that should have been gone long ago. */
  readonly failed: readonly Pod[]
  /** When the next one counts as failed. */
  readonly waitMs: number | undefined
}

/** Upstream: buildDisruptedPodMap. */
export function evictionsOf(
  { status }: PodDisruptionBudget,
  pods: readonly Pod[],
  nowMs: number,
): Evictions {
  const pending: Record<string, string> = {}
  const failed: Pod[] = []
  let waitMs: number | undefined
  for (const pod of pods) {
    const { name, deletionTimestamp } = pod.metadata
    const since = status?.disruptedPods?.[name]
    if (since === undefined || deletionTimestamp !== undefined) continue
    const leftMs = Date.parse(since) + deletionMsMax - nowMs
    if (leftMs < 0) failed.push(pod)
    else {
      pending[name] = since
      waitMs = Math.min(waitMs ?? leftMs, leftMs)
    }
  }
  return { pending, failed, waitMs }
}

interface Found {
  readonly expectation: Expectation
  readonly evictions: Evictions
  readonly nowMs: number
}

/** The status for what was found. */
export function statusOf(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  { expectation, evictions, nowMs }: Found,
): PodDisruptionBudgetStatus {
  const { expected, desired } = expectation
  const currentHealthy = pods.filter(
    (pod) =>
      pod.metadata.deletionTimestamp === undefined &&
      evictions.pending[pod.metadata.name] === undefined &&
      isPodReady(pod),
  ).length
  const disruptionsAllowed = expected <= 0 ? 0 : Math.max(0, currentHealthy - desired)
  const words =
    disruptionsAllowed > 0
      ? { status: 'True', reason: 'SufficientPods', message: '', nowMs }
      : { status: 'False', reason: 'InsufficientPods', message: '', nowMs }
  return {
    ...(Object.keys(evictions.pending).length === 0 ? {} : { disruptedPods: evictions.pending }),
    currentHealthy,
    desiredHealthy: desired,
    expectedPods: expected,
    disruptionsAllowed,
    observedGeneration: budget.metadata.generation ?? 0,
    conditions: withAllowed(budget, words),
  }
}

/** When the budget cannot be worked out nothing may go. */
export function failedStatus(
  budget: PodDisruptionBudget,
  message: string,
  nowMs: number,
): PodDisruptionBudgetStatus {
  const words = { status: 'False', reason: 'SyncFailed', message, nowMs }
  return {
    expectedPods: 0,
    currentHealthy: 0,
    desiredHealthy: 0,
    ...budget.status,
    disruptionsAllowed: 0,
    conditions: withAllowed(budget, words),
  }
}

interface Words {
  readonly status: string
  readonly reason: string
  readonly message: string
  readonly nowMs: number
}

function withAllowed({ metadata, status }: PodDisruptionBudget, { nowMs, ...said }: Words) {
  return withCondition(status?.conditions, {
    type: 'DisruptionAllowed',
    ...said,
    observedGeneration: metadata.generation ?? 0,
    lastTransitionTime: timestamp(nowMs),
  })
}
