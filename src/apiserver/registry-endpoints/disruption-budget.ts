/**
 * Takes one allowed disruption from a budget.
 * Upstream: pkg/registry/core/pod/storage/eviction.go (checkAndDecrement) and
 * pkg/apis/policy/… UpdateDisruptionAllowedCondition, v1.36.
 */
import { findCondition, withCondition } from '#api/meta/conditions.ts'
import { forbidden, StatusError, tooManyRequests } from '#api/meta/status.ts'
import type { Condition } from '#api/meta/v1.gen.ts'
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '#api/policy/v1.gen.ts'
import { poddisruptionbudgets } from '#api/resources.gen.ts'
import { timestamp } from '#base/clock.ts'
import type { Clock } from '#base/clock.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { retryConflicts } from './retry-conflicts.ts'

export interface Disruption {
  readonly pod: string
  readonly dryRun: boolean
}

const disruptedPodsMax = 2000
const message = "Cannot evict pod as it would violate the pod's disruption budget."

/** Throws TooManyRequests when none is left, Forbidden when the budget cannot be relied on. */
export async function takeDisruption(
  { objects, clock }: { readonly objects: Objects; readonly clock: Clock },
  budget: PodDisruptionBudget,
  { pod, dryRun }: Disruption,
): Promise<void> {
  if (dryRun) return check(budget)
  const { name, namespace = '' } = budget.metadata
  await retryConflicts(() =>
    objects.modify(poddisruptionbudgets, { namespace, name, subresource: 'status' }, (current) => {
      check(current)
      current.status = decremented(current, pod, timestamp(clock.nowMs()))
    }),
  )
}

function check({ metadata, status }: PodDisruptionBudget): void {
  const { name, generation = 0 } = metadata
  const { observedGeneration = 0, disruptionsAllowed = 0, disruptedPods = {} } = status ?? {}
  if (observedGeneration < generation) throw stillProcessed(name)
  const resource = { group: 'policy', resource: 'poddisruptionbudget' }
  if (disruptionsAllowed < 0) throw forbidden(resource, name, 'pdb disruptions allowed is negative')
  if (Object.keys(disruptedPods).length > disruptedPodsMax) {
    const detail = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller'
    throw forbidden(resource, name, detail)
  }
  if (disruptionsAllowed === 0) throw exhausted(name, status)
}

function decremented(
  { metadata, status }: PodDisruptionBudget,
  pod: string,
  now: string,
): PodDisruptionBudgetStatus {
  const disruptionsAllowed = (status?.disruptionsAllowed ?? 0) - 1
  const disruptedPods = { ...status?.disruptedPods, [pod]: now }
  const next = { ...status, disruptionsAllowed, disruptedPods } as PodDisruptionBudgetStatus
  if (disruptionsAllowed > 0) return next
  const condition = {
    type: 'DisruptionAllowed',
    status: 'False',
    reason: 'InsufficientPods',
    message: '',
    lastTransitionTime: now,
    observedGeneration: metadata.generation ?? 0,
  } satisfies Condition
  return { ...next, conditions: withCondition(next.conditions, condition) }
}

/** The budget's controller has not seen its newest spec yet. */
export function stillProcessed(name: string): StatusError {
  return because(10, `The disruption budget ${name} is still being processed by the server.`)
}

function exhausted(name: string, status: PodDisruptionBudgetStatus | undefined): StatusError {
  const allowed = findCondition(status?.conditions, 'DisruptionAllowed')
  if (allowed?.reason === 'SyncFailed') return because(0, `failed sync: ${allowed.message}`)
  return because(
    0,
    `The disruption budget ${name} needs ${status?.desiredHealthy ?? 0} healthy pods and has ${status?.currentHealthy ?? 0} currently`,
  )
}

function because(retryAfterSeconds: number, cause: string): StatusError {
  const { status } = tooManyRequests(message, retryAfterSeconds)
  const causes = [{ reason: 'DisruptionBudget', message: cause }]
  return new StatusError({ ...status, details: { ...status.details, causes } })
}
