/**
 * A pod that fits nowhere may take the place of less important ones: on which node do the fewest and least
 * important have to go? Upstream: pkg/scheduler/framework/preemption and plugins/defaultpreemption.
 */
import type { Pod } from '#api/core/v1.gen.ts'
import type { PodDisruptionBudget } from '#api/policy/v1.gen.ts'
import { labelSelectorMatcher } from '#api/meta/labels.ts'
import type { ClusterState } from './cluster-state.ts'
import { histogram, refuse, type Cycle, type Diagnosis } from './cycle.ts'
import { resolvable, type Rejection } from './framework.ts'
import { limits } from './limits.ts'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'

export type Preemption =
  | { readonly type: 'preempt'; readonly node: NodeInfo; readonly victims: readonly PodInfo[] }
  /** Nothing helps; completes the FailedScheduling message. */
  | { readonly type: 'none'; readonly message: string }

export interface PreemptionInput {
  readonly pod: PodInfo
  readonly state: ClusterState
  readonly cycle: Cycle
  readonly diagnosis: Diagnosis
  readonly budgets: readonly PodDisruptionBudget[]
}

interface Candidate {
  readonly node: NodeInfo
  readonly victims: readonly PodInfo[]
  readonly violations: number
}

/** DynamicResources speaks before preemption in upstream's default profile. */
const noClaims = 'no new claims to deallocate, '

export function preempt(input: PreemptionInput): Preemption {
  const { pod, state, diagnosis } = input
  if (pod.pod.spec.preemptionPolicy === 'Never') {
    return {
      type: 'none',
      message: `${noClaims}preemption: not eligible due to preemptionPolicy=Never.`,
    }
  }
  const { candidates, refusals } = findCandidates(input)
  const best = candidates.reduce<Candidate | undefined>(
    (chosen, candidate) =>
      chosen === undefined || isBetter(candidate, chosen) ? candidate : chosen,
    undefined,
  )
  if (best !== undefined) return { type: 'preempt', node: best.node, victims: best.victims }
  if (diagnosis.nodesTotal === 0) return { type: 'none', message: '' }
  const why = histogram(refusals)
  const head = `0/${state.nodes.length} nodes are available: `
  return { type: 'none', message: `${noClaims}preemption: ${head}${why}.` }
}

const unhelpful = resolvable('Preemption is not helpful for scheduling')
const noVictims = resolvable('No preemption victims found for incoming pod')

function findCandidates(input: PreemptionInput): {
  candidates: readonly Candidate[]
  refusals: readonly Rejection[]
} {
  const { state, diagnosis } = input
  const candidates: Candidate[] = []
  const refusals: Rejection[] = []
  const enough = Math.max(limits.preemptionCandidatesMin, Math.floor(state.nodes.length / 10))
  for (const node of state.nodes) {
    if (candidates.length >= enough) break
    const rejection = diagnosis.rejections.get(node.name) ?? diagnosis.preFilter
    if (rejection?.unresolvable !== false) {
      refusals.push(unhelpful)
      continue
    }
    const candidate = victimsOn(node, input)
    if (candidate === undefined) refusals.push(noVictims)
    else candidates.push(candidate)
  }
  return { candidates, refusals }
}

/** Takes all lesser pods away, then lets back in whom it can, the most important first. */
function victimsOn(node: NodeInfo, input: PreemptionInput): Candidate | undefined {
  const { pod, state } = input
  const lesser = [...node.pods.values()].filter((other) => priorityOf(other) < priorityOf(pod))
  if (lesser.length === 0) return undefined
  for (const other of lesser) state.takeOff(other, node)
  const victims: PodInfo[] = []
  const fits = fitsOn(node, input)
  for (const other of lesser.toSorted(byImportance)) {
    state.putBack(other, node)
    if (!fits || fitsOn(node, input)) continue
    state.takeOff(other, node)
    victims.push(other)
  }
  for (const victim of victims) state.putBack(victim, node)
  return fits ? { node, victims, violations: violationsOf(victims, input.budgets) } : undefined
}

function fitsOn(node: NodeInfo, { pod, state, cycle }: PreemptionInput): boolean {
  const filters = cycle.prepareFilters(pod, state)
  return !('diagnosis' in filters) && refuse(pod, node, filters) === undefined
}

/** Victims whose budget allows no further disruption. */
function violationsOf(
  victims: readonly PodInfo[],
  budgets: readonly PodDisruptionBudget[],
): number {
  const allowed = new Map(budgets.map((budget) => [budget, budget.status?.disruptionsAllowed ?? 0]))
  let violations = 0
  for (const { pod } of victims) {
    for (const [budget, left] of allowed) {
      if (!covers(budget, pod)) continue
      allowed.set(budget, left - 1)
      if (left <= 0) violations++
    }
  }
  return violations
}

function covers(budget: PodDisruptionBudget, pod: Pod): boolean {
  return (
    budget.metadata.namespace === pod.metadata.namespace &&
    budget.spec.selector !== undefined &&
    labelSelectorMatcher(budget.spec.selector).matches(pod.metadata.labels)
  )
}

/** Upstream's order: budgets kept, the lowest top priority, the lowest sum, the fewest. */
function isBetter(a: Candidate, b: Candidate): boolean {
  const keys = [
    ({ violations }: Candidate) => violations,
    ({ victims }: Candidate) => Math.max(...victims.map(priorityOf)),
    ({ victims }: Candidate) => victims.reduce((sum, victim) => sum + priorityOf(victim), 0),
    ({ victims }: Candidate) => victims.length,
  ]
  for (const key of keys) if (key(a) !== key(b)) return key(a) < key(b)
  return false
}

function byImportance(a: PodInfo, b: PodInfo): number {
  return priorityOf(b) - priorityOf(a) || startOf(a).localeCompare(startOf(b))
}

function priorityOf({ pod }: PodInfo): number {
  return pod.spec.priority ?? 0
}

function startOf({ pod }: PodInfo): string {
  return pod.status?.startTime ?? pod.metadata.creationTimestamp
}
