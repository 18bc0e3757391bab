/** The scheduling framework's shape: a plugin takes part in the points that it implements. */
import type { ClusterState } from './cluster-state.ts'
import type { NodeInfo } from './node-info.ts'
import type { PodInfo } from './pod-info.ts'

/** Events of the cluster that may make an unschedulable pod fit. */
export type ClusterEvent =
  | 'NodeAdd'
  | 'NodeAllocatable'
  | 'NodeLabel'
  | 'NodeTaint'
  | 'NodeCondition'
  | 'PodAdd'
  | 'PodDelete'
  | 'PodUpdate'
  | 'StorageChange'

/** Why a node does not take the pod. */
export interface Rejection {
  readonly reasons: readonly string[]
  /** Removing pods from the node cannot help: preemption need not look at it. */
  readonly unresolvable: boolean
}

export interface Plugin {
  /** Upstream's name, as KubeSchedulerConfiguration spells it. */
  readonly name: string
  /** What may help a pod that this plugin refused. */
  readonly wakesOn: readonly ClusterEvent[]
  /** Refuses the pod before it enters the queue; the text goes into its condition. */
  preEnqueue?(pod: PodInfo): string | undefined
  /**
   * Once a cycle, before the nodes: what the filter and score need. `skip` leaves this plugin's filter out;
   * `nodes` narrows the search to these names; `reject` refuses the pod on all nodes.
   */
  preFilter?(pod: PodInfo, state: ClusterState): PreFilter
  filter?(pod: PodInfo, node: NodeInfo, prepared: unknown): Rejection | undefined
  preScore?(pod: PodInfo, nodes: readonly NodeInfo[], state: ClusterState): PreScore
  /** Any scale; `normalize` brings it to 0…100. Without normalize it must be 0…100 already. */
  score?(pod: PodInfo, node: NodeInfo, prepared: unknown, state: ClusterState): number
  normalize?(scores: number[], nodes: readonly NodeInfo[], prepared: unknown): void
  readonly weight?: number
}

export type PreFilter =
  | { readonly type: 'go'; readonly prepared?: unknown; readonly nodes?: ReadonlySet<string> }
  | { readonly type: 'skip' }
  | { readonly type: 'reject'; readonly rejection: Rejection }

export type PreScore =
  | { readonly type: 'go'; readonly prepared?: unknown }
  | { readonly type: 'skip' }

export function unresolvable(...reasons: readonly string[]): Rejection {
  return { reasons, unresolvable: true }
}

export function resolvable(...reasons: readonly string[]): Rejection {
  return { reasons, unresolvable: false }
}

/** Scales to 0…100 by the largest; `reverse` turns it round. Upstream: helper.DefaultNormalizeScore. */
export function normalizeByMax(scores: number[], reverse: boolean): void {
  let max = 0
  for (const score of scores) if (score > max) max = score
  for (let index = 0; index < scores.length; index++) {
    const scaled = max === 0 ? 0 : Math.floor((100 * (scores[index] ?? 0)) / max)
    scores[index] = reverse ? 100 - scaled : scaled
  }
}
