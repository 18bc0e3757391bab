/**
 * Even numbers of matching pods per zone, host or other domain, as the pod's constraints ask.
 * Upstream: plugins/podtopologyspread/{filtering,scoring}.go. Upstream's cluster-wide default
 * constraints are not applied: only what a pod says itself.
 */
import type { Pod, TopologySpreadConstraint } from '#api/core/v1.gen.ts'
import { labelSelectorMatcher, type LabelSelectorMatcher } from '#api/meta/labels.ts'
import { isTolerated } from '#api/meta/taints.ts'
import { PairCounts } from '#scheduler/affinity-terms.ts'
import type { ClusterState } from '#scheduler/cluster-state.ts'
import { resolvable, unresolvable, type Plugin } from '#scheduler/framework.ts'
import type { NodeInfo } from '#scheduler/node-info.ts'
import type { PodInfo } from '#scheduler/pod-info.ts'
import { requiredMatches } from './node-affinity.ts'

interface Constraint {
  readonly spec: TopologySpreadConstraint
  readonly selector: LabelSelectorMatcher
  readonly matchesItself: boolean
  readonly counts: PairCounts
  /** Domains with an eligible node, with and without matching pods. */
  readonly domains: Map<string, number>
}

export const podTopologySpread: Plugin = {
  name: 'PodTopologySpread',
  wakesOn: ['PodAdd', 'PodDelete', 'PodUpdate', 'NodeAdd', 'NodeLabel', 'NodeTaint'],
  weight: 2,
  preFilter(info, state) {
    const constraints = compile(info, state, 'DoNotSchedule')
    return constraints.length === 0 ? { type: 'skip' } : { type: 'go', prepared: constraints }
  },
  filter(_info, node, prepared) {
    for (const constraint of prepared as readonly Constraint[]) {
      const value = node.label(constraint.spec.topologyKey)
      if (value === undefined) {
        return unresolvable(
          "node(s) didn't match pod topology spread constraints (missing required label)",
        )
      }
      if (skew(constraint, value) > constraint.spec.maxSkew) {
        return resolvable("node(s) didn't match pod topology spread constraints")
      }
    }
    return undefined
  },
  preScore(info, _nodes, state) {
    const constraints = compile(info, state, 'ScheduleAnyway')
    return constraints.length === 0 ? { type: 'skip' } : { type: 'go', prepared: constraints }
  },
  /** Matching pods in the node's domains: fewer is better; domains with many members weigh more. */
  score(_info, node, prepared) {
    let total = 0
    for (const { spec, counts, domains } of prepared as readonly Constraint[]) {
      const value = node.label(spec.topologyKey)
      if (value === undefined) return missingLabel
      total += counts.get(spec.topologyKey, value) * Math.log(domains.size + 2) + (spec.maxSkew - 1)
    }
    return Math.round(total)
  },
  normalize(scores) {
    const present = scores.filter((score) => score !== missingLabel)
    const min = Math.min(...present)
    const max = Math.max(...present)
    for (let index = 0; index < scores.length; index++) {
      const score = scores[index] ?? 0
      if (score === missingLabel) scores[index] = 0
      else scores[index] = max === 0 ? 100 : Math.floor((100 * (max + min - score)) / max)
    }
  },
}

/** A node without the topology's label is the last choice. */
const missingLabel = Number.MAX_SAFE_INTEGER

function compile(
  { pod }: PodInfo,
  state: ClusterState,
  when: 'DoNotSchedule' | 'ScheduleAnyway',
): readonly Constraint[] {
  const specs = (pod.spec.topologySpreadConstraints ?? []).filter(
    ({ whenUnsatisfiable }) => whenUnsatisfiable === when,
  )
  if (specs.length === 0) return []
  const constraints = specs.map((spec): Constraint => {
    const selector = labelSelectorMatcher(withMatchLabelKeys(spec, pod))
    return {
      spec,
      selector,
      matchesItself: selector.matches(pod.metadata.labels),
      counts: new PairCounts(),
      domains: new Map(),
    }
  })
  for (const node of state.nodes) {
    if (constraints.some(({ spec }) => node.label(spec.topologyKey) === undefined)) continue
    for (const constraint of constraints) countNode(constraint, node, pod)
  }
  return constraints
}

function countNode(constraint: Constraint, node: NodeInfo, pod: Pod): void {
  const { spec, selector, counts, domains } = constraint
  if (!eligible(spec, node, pod)) return
  const value = node.label(spec.topologyKey) ?? ''
  let matching = 0
  for (const { pod: existing } of node.pods.values()) {
    if (existing.metadata.namespace !== pod.metadata.namespace) continue
    if (existing.metadata.deletionTimestamp !== undefined) continue
    if (selector.matches(existing.metadata.labels)) matching++
  }
  counts.add(spec.topologyKey, value, matching)
  domains.set(value, (domains.get(value) ?? 0) + matching)
}

/** Whether the node's domain counts at all, by the inclusion policies. */
function eligible(spec: TopologySpreadConstraint, { node }: NodeInfo, pod: Pod): boolean {
  if (node === undefined) return false
  if (spec.nodeAffinityPolicy !== 'Ignore' && !requiredMatches(pod, node)) return false
  if (spec.nodeTaintsPolicy !== 'Honor') return true
  return (node.spec.taints ?? []).every(
    (taint) => taint.effect === 'PreferNoSchedule' || isTolerated(taint, pod.spec.tolerations),
  )
}

/** How far above the emptiest domain this one would be. */
function skew({ spec, matchesItself, domains, counts }: Constraint, value: string): number {
  const enough = domains.size >= (spec.minDomains ?? 1)
  const least = enough ? Math.min(...domains.values()) : 0
  return counts.get(spec.topologyKey, value) + (matchesItself ? 1 : 0) - least
}

/** matchLabelKeys: the pod's own values join the selector. */
function withMatchLabelKeys(
  { labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint,
  pod: Pod,
) {
  const own = matchLabelKeys.flatMap((key) => {
    const value = pod.metadata.labels?.[key]
    return value === undefined ? [] : [[key, value] as const]
  })
  if (own.length === 0) return labelSelector
  return {
    ...labelSelector,
    matchLabels: { ...labelSelector?.matchLabels, ...Object.fromEntries(own) },
  }
}
