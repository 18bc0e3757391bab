/** Upstream: pkg/registry/core/pod/strategy.go, PrepareForCreate, PrepareForUpdate, CheckGracefulDelete. */
import type { Pod, PodAffinityTerm, PodCondition } from '#api/core/v1.gen.ts'
import { qosClass } from '#api/meta/pods.ts'
import type { LabelSelector, LabelSelectorRequirement } from '#api/meta/v1.gen.ts'
import { keepStatus, raiseGeneration } from '#resources/generation.ts'
import { mirrorServiceAccount } from './defaults.ts'

type Labels = Readonly<Record<string, string>>

export function prepareForCreate(pod: Pod): void {
  pod.metadata.generation = 1
  mirrorServiceAccount(pod.spec)
  pod.status = { phase: 'Pending', qosClass: qosClass({ spec: pod.spec }) }
  if ((pod.spec.schedulingGates ?? []).length > 0) pod.status.conditions = [gated]
  mergeLabelKeys(pod)
}

const gated: PodCondition = {
  type: 'PodScheduled',
  status: 'False',
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
}

export function prepareForUpdate(next: Pod, prior: Pod): void {
  mirrorServiceAccount(next.spec)
  keepStatus(next, prior)
  raiseGeneration(next, prior, ['spec'])
}

export function prepareForStatusUpdate(next: Pod, prior: Pod): void {
  next.spec = prior.spec
  const status = (next.status ??= {})
  const before = prior.status ?? {}
  if (!status.qosClass && before.qosClass) status.qosClass = before.qosClass
  const { ownerReferences, deletionTimestamp } = prior.metadata
  if (ownerReferences === undefined) delete next.metadata.ownerReferences
  else next.metadata.ownerReferences = ownerReferences
  if (deletionTimestamp === undefined) delete next.metadata.deletionTimestamp
  else next.metadata.deletionTimestamp = deletionTimestamp
}

/** 0 is at once: nothing runs, or nothing runs any more. */
export function gracePeriodSeconds(pod: Pod, asked: number | undefined): number {
  if (!pod.spec.nodeName) return 0
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') return 0
  const seconds = asked ?? pod.spec.terminationGracePeriodSeconds ?? 0
  return seconds < 0 ? 1 : seconds
}

/** matchLabelKeys name labels of the pod itself; what it carries goes into the selectors. */
function mergeLabelKeys(pod: Pod): void {
  const labels = pod.metadata.labels ?? {}
  const { affinity, topologySpreadConstraints } = pod.spec
  for (const constraint of topologySpreadConstraints ?? []) {
    addKeys(constraint.labelSelector, constraint.matchLabelKeys, 'In', labels)
  }
  for (const side of [affinity?.podAffinity, affinity?.podAntiAffinity]) {
    for (const term of side?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      mergeTerm(term, labels)
    }
    for (const weighted of side?.preferredDuringSchedulingIgnoredDuringExecution ?? []) {
      mergeTerm(weighted.podAffinityTerm, labels)
    }
  }
}

function mergeTerm(term: PodAffinityTerm, labels: Labels): void {
  addKeys(term.labelSelector, term.matchLabelKeys, 'In', labels)
  addKeys(term.labelSelector, term.mismatchLabelKeys, 'NotIn', labels)
}

function addKeys(
  selector: LabelSelector | undefined,
  keys: readonly string[] | undefined,
  operator: 'In' | 'NotIn',
  labels: Labels,
): void {
  if (selector === undefined || keys === undefined) return
  const expressions: LabelSelectorRequirement[] = []
  for (const key of keys) {
    const value = labels[key]
    if (value !== undefined) expressions.push({ key, operator, values: [value] })
  }
  if (expressions.length === 0) return
  selector.matchExpressions = [...(selector.matchExpressions ?? []), ...expressions]
}
