/**
 * One scheduling cycle: which node takes the pod? Synchronous and pure but for the rotating start.
 * Upstream: pkg/scheduler/schedule_one.go (schedulePod, findNodesThatFitPod, numFeasibleNodesToFind).
 */
import type { ClusterState } from './cluster-state.ts'
import type { Plugin, Rejection } from './framework.ts'
import { limits } from './limits.ts'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'

export type Choice =
  | {
      readonly type: 'node'
      readonly node: NodeInfo
      readonly evaluated: number
      readonly feasible: number
    }
  | { readonly type: 'none'; readonly diagnosis: Diagnosis }

export interface Diagnosis {
  readonly nodesTotal: number
  /** Node name → why it refused. Empty with `preFilter` set: refused before any node was asked. */
  readonly rejections: ReadonlyMap<string, Rejection>
  readonly preFilter?: Rejection
  /** The plugins that refused: their events wake the pod. */
  readonly plugins: ReadonlySet<string>
}

interface Prepared {
  readonly plugin: Plugin
  readonly prepared: unknown
}

export class Cycle {
  readonly #plugins: readonly Plugin[]
  readonly #random: () => number
  #start = 0

  constructor(plugins: readonly Plugin[], random: () => number) {
    this.#plugins = plugins
    this.#random = random
  }

  choose(pod: PodInfo, state: ClusterState): Choice {
    const filters = this.prepareFilters(pod, state)
    if ('diagnosis' in filters) return { type: 'none', diagnosis: filters.diagnosis }
    const { feasible, rejections, plugins, evaluated } = this.#findFeasible(pod, state, filters)
    const [only] = feasible
    if (only === undefined) {
      const nodesTotal = state.nodes.length
      return { type: 'none', diagnosis: { nodesTotal, rejections, plugins } }
    }
    const node = feasible.length === 1 ? only : this.#best(pod, feasible, state)
    return { type: 'node', node, evaluated, feasible: feasible.length }
  }

  /** Runs the preFilters. Preemption uses the result again, on changed nodes. */
  prepareFilters(pod: PodInfo, state: ClusterState): Filters | { readonly diagnosis: Diagnosis } {
    const active: Prepared[] = []
    let names: ReadonlySet<string> | undefined
    for (const plugin of this.#plugins) {
      const result = plugin.preFilter?.(pod, state) ?? { type: 'go' as const }
      if (result.type === 'skip') continue
      if (result.type === 'reject') {
        const plugins = new Set([plugin.name])
        const diagnosis = {
          nodesTotal: state.nodes.length,
          rejections: new Map(),
          plugins,
          preFilter: result.rejection,
        }
        return { diagnosis }
      }
      if (result.nodes !== undefined) names = names?.intersection(result.nodes) ?? result.nodes
      if (plugin.filter !== undefined) active.push({ plugin, prepared: result.prepared })
    }
    return { active, names }
  }

  #findFeasible(pod: PodInfo, state: ClusterState, filters: Filters) {
    const { names } = filters
    const nodes =
      names === undefined ? state.nodes : state.nodes.filter(({ name }) => names.has(name))
    const wanted = feasibleWanted(nodes.length)
    const feasible: NodeInfo[] = []
    const rejections = new Map<string, Rejection>()
    const plugins = new Set<string>()
    let evaluated = 0
    const start = nodes.length === 0 ? 0 : this.#start % nodes.length
    while (evaluated < nodes.length && feasible.length < wanted) {
      const node = nodes[(start + evaluated++) % nodes.length]
      if (node === undefined) break
      const refusal = refuseWithNominated(pod, node, { filters, state })
      if (refusal === undefined) feasible.push(node)
      else {
        rejections.set(node.name, refusal.rejection)
        plugins.add(refusal.plugin)
      }
    }
    this.#start = start + evaluated
    return { feasible, rejections, plugins, evaluated }
  }

  #best(pod: PodInfo, nodes: readonly NodeInfo[], state: ClusterState): NodeInfo {
    const totals = new Float64Array(nodes.length)
    for (const plugin of this.#plugins) {
      if (plugin.score === undefined) continue
      const before = plugin.preScore?.(pod, nodes, state) ?? { type: 'go' as const }
      if (before.type === 'skip') continue
      const scores = nodes.map((node) => plugin.score?.(pod, node, before.prepared, state) ?? 0)
      plugin.normalize?.(scores, nodes, before.prepared)
      const weight = plugin.weight ?? 1
      for (let index = 0; index < scores.length; index++) {
        totals[index] = (totals[index] ?? 0) + weight * (scores[index] ?? 0)
      }
    }
    return this.#pickHighest(nodes, totals)
  }

  /** Among equals each is as likely: reservoir sampling, as upstream's selectHost. */
  #pickHighest(nodes: readonly NodeInfo[], totals: Float64Array): NodeInfo {
    let best = 0
    let ties = 1
    for (let index = 1; index < totals.length; index++) {
      const total = totals[index] ?? 0
      const highest = totals[best] ?? 0
      if (total > highest) {
        best = index
        ties = 1
      } else if (total === highest && this.#random() * ++ties < 1) best = index
    }
    const node = nodes[best]
    if (node === undefined) throw new Error('no node to pick from')
    return node
  }
}

export interface Filters {
  readonly active: readonly Prepared[]
  readonly names: ReadonlySet<string> | undefined
}

/** As if the pods that wait for room on the node were there already. */
function refuseWithNominated(
  pod: PodInfo,
  node: NodeInfo,
  { filters, state }: { readonly filters: Filters; readonly state: ClusterState },
) {
  const nominated = state.nominatedBefore(pod, node.name)
  for (const info of nominated) state.putBack(info, node)
  const refusal = refuse(pod, node, filters)
  for (const info of nominated) state.takeOff(info, node)
  return refusal
}

/** The first filter that refuses, as upstream: one plugin's reasons per node. */
export function refuse(
  pod: PodInfo,
  node: NodeInfo,
  filters: Filters,
): { readonly plugin: string; readonly rejection: Rejection } | undefined {
  for (const { plugin, prepared } of filters.active) {
    const rejection = plugin.filter?.(pod, node, prepared)
    if (rejection !== undefined) return { plugin: plugin.name, rejection }
  }
  return undefined
}

/** Large clusters: enough good nodes are as good as all. Upstream: numFeasibleNodesToFind. */
export function feasibleWanted(nodes: number): number {
  if (nodes <= limits.feasibleNodesMin) return nodes
  const percent = Math.max(limits.feasiblePercentMin, 50 - Math.floor(nodes / 125))
  return Math.max(limits.feasibleNodesMin, Math.floor((nodes * percent) / 100))
}

/** The text of the FailedScheduling event. Upstream: framework/types.go, FitError.Error. */
export function describe(diagnosis: Diagnosis, postFilter: string): string {
  const { nodesTotal, rejections, preFilter } = diagnosis
  if (nodesTotal === 0) return 'no nodes available to schedule pods'
  const head = `0/${nodesTotal} nodes are available: `
  const after = postFilter === '' ? '' : ` ${postFilter}`
  if (preFilter !== undefined) return `${head}${preFilter.reasons.join(', ')}.${after}`
  return `${head}${histogram(rejections.values())}.${after}`
}

/** `1 Insufficient cpu, 2 node(s) were unschedulable`: counted, sorted as text. */
export function histogram(rejections: Iterable<Rejection>): string {
  const counts = new Map<string, number>()
  for (const { reasons } of rejections) {
    for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ')
}
