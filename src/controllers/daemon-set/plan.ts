/**
 * Which daemon pods to make and which to remove: the right number on each node, and, node by node, the
 * right template.
 * Upstream: pkg/controller/daemon/{daemon_controller,update}.go at v1.36.
 */
import type { DaemonSet, DaemonSetStatus } from '#api/apps/v1.gen.ts'
import type { Node, Pod } from '#api/core/v1.gen.ts'
import { isPodAvailable, isPodReady, isPodTerminal } from '#api/meta/pods.ts'
import { revisionHashLabel } from '#controllers/history.ts'
import { scaledValue } from '#controllers/int-or-percent.ts'
import { eligibilityOf, targetNode } from './eligibility.ts'

export interface DaemonPlan {
  /** Names of nodes. */
  readonly create: readonly string[]
  readonly remove: readonly Pod[]
  /** Of those to remove, the ones that ended by themselves: they are replaced with patience. */
  readonly ended: readonly Pod[]
}

export interface DaemonView {
  readonly nodes: readonly Node[]
  readonly pods: readonly Pod[]
  /** Of the newest revision. */
  readonly hash: string
  readonly nowMs: number
}

/** Pods by the node that they run on or are meant for. */
export function podsByNode(pods: readonly Pod[]): ReadonlyMap<string, readonly Pod[]> {
  const byNode = Map.groupBy(pods, ({ spec }) => targetNode(spec) ?? '')
  byNode.delete('')
  return byNode
}

/** The right number everywhere. Upstream: podsShouldBeOnNode. */
export function planNodes(daemonSet: DaemonSet, view: DaemonView): DaemonPlan {
  const byNode = podsByNode(view.pods)
  const [create, remove, ended]: [string[], Pod[], Pod[]] = [[], [], []]
  const known = new Set<string>()
  for (const node of view.nodes) {
    const { name } = node.metadata
    known.add(name)
    const here = byNode.get(name) ?? []
    const { shouldRun, mayStay } = eligibilityOf(daemonSet, node)
    if (shouldRun && here.length === 0) create.push(name)
    if (!mayStay) remove.push(...here.filter(isStaying))
    else planNode(daemonSet, here, { create, remove, ended, view })
  }
  for (const [name, pods] of byNode) {
    // The pod is pinned to a node that is gone: nothing will ever schedule it.
    if (!known.has(name)) remove.push(...pods.filter((pod) => !pod.spec.nodeName && isStaying(pod)))
  }
  return { create, remove, ended }
}

interface Planning {
  readonly create: string[]
  readonly remove: Pod[]
  readonly ended: Pod[]
  readonly view: DaemonView
}

function planNode(daemonSet: DaemonSet, here: readonly Pod[], planning: Planning): void {
  const { remove, ended, view } = planning
  const staying = here.filter(isStaying)
  for (const pod of staying.filter(isPodTerminal)) {
    ended.push(pod)
    remove.push(pod)
  }
  const running = staying.filter((pod) => !isPodTerminal(pod)).toSorted(byAge)
  if (surgeOf(daemonSet, view.nodes) === 0) return void remove.push(...running.slice(1))
  // During a surge one of each template may run: the old one until the new one is available.
  const [old, fresh] = split(running, view.hash)
  remove.push(...old.slice(1), ...fresh.slice(1))
  if (fresh[0] !== undefined && old[0] !== undefined && available(daemonSet, fresh[0], view)) {
    remove.push(old[0])
  }
}

function isStaying({ metadata }: Pod): boolean {
  return metadata.deletionTimestamp === undefined
}

function byAge(a: Pod, b: Pod): number {
  const [left, right] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp]
  if (left !== right) return left < right ? -1 : 1
  return a.metadata.uid < b.metadata.uid ? -1 : 1
}

function split(pods: readonly Pod[], hash: string): readonly [old: Pod[], fresh: Pod[]] {
  const isFresh = (pod: Pod) => pod.metadata.labels?.[revisionHashLabel] === hash
  return [pods.filter((pod) => !isFresh(pod)), pods.filter(isFresh)]
}

function available({ spec }: DaemonSet, pod: Pod, { nowMs }: DaemonView): boolean {
  return isPodAvailable(pod, spec.minReadySeconds ?? 0, nowMs)
}

function desiredNodes(daemonSet: DaemonSet, nodes: readonly Node[]): readonly Node[] {
  return nodes.filter((node) => eligibilityOf(daemonSet, node).shouldRun)
}

function surgeOf(daemonSet: DaemonSet, nodes: readonly Node[]): number {
  return boundsOf(daemonSet, desiredNodes(daemonSet, nodes).length).surge
}

/** Upstream: SurgeCount, UnavailableCount. Both 0 would stop every update. */
function boundsOf({ spec }: DaemonSet, total: number): { surge: number; unavailable: number } {
  if ((spec.updateStrategy?.type ?? 'RollingUpdate') !== 'RollingUpdate') {
    return { surge: 0, unavailable: 0 }
  }
  const { maxSurge = 0, maxUnavailable = 1 } = spec.updateStrategy?.rollingUpdate ?? {}
  const surge = scaledValue(maxSurge, { total, roundUp: true })
  const unavailable = scaledValue(maxUnavailable, { total, roundUp: true })
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable }
}

/** The right template, within maxSurge and maxUnavailable. Upstream: rollingUpdate. */
export function planUpdate(daemonSet: DaemonSet, view: DaemonView): DaemonPlan {
  const none = { create: [], remove: [], ended: [] }
  if ((daemonSet.spec.updateStrategy?.type ?? 'RollingUpdate') !== 'RollingUpdate') return none
  const desired = desiredNodes(daemonSet, view.nodes)
  const { surge, unavailable } = boundsOf(daemonSet, desired.length)
  const byNode = podsByNode(view.pods)
  const states = desired.map((node) =>
    stateOf(daemonSet, byNode.get(node.metadata.name) ?? [], { node, view }),
  )
  return surge > 0 ? planSurge(states, surge) : planReplace(states, unavailable)
}

interface NodeState {
  readonly name: string
  readonly old: Pod | undefined
  readonly fresh: Pod | undefined
  readonly oldIsAvailable: boolean
  readonly freshIsAvailable: boolean
  /** More than one pod of a template, or none at all: not now. */
  readonly isOdd: boolean
}

function stateOf(
  daemonSet: DaemonSet,
  here: readonly Pod[],
  { node, view }: { readonly node: Node; readonly view: DaemonView },
): NodeState {
  const [old, fresh] = split(here.filter(isStaying), view.hash)
  const isAvailable = (pod: Pod | undefined) => pod !== undefined && available(daemonSet, pod, view)
  return {
    name: node.metadata.name,
    old: old[0],
    fresh: fresh[0],
    oldIsAvailable: isAvailable(old[0]),
    freshIsAvailable: isAvailable(fresh[0]),
    isOdd: old.length > 1 || fresh.length > 1,
  }
}

function planReplace(states: readonly NodeState[], unavailableMax: number): DaemonPlan {
  let unavailable = 0
  const [now, candidates]: [Pod[], Pod[]] = [[], []]
  for (const { old, fresh, oldIsAvailable, freshIsAvailable, isOdd } of states) {
    if (isOdd || (old === undefined) === (fresh === undefined)) unavailable++
    else if (old === undefined) unavailable += freshIsAvailable ? 0 : 1
    else if (oldIsAvailable) candidates.push(old)
    else {
      // It serves nobody: replacing it costs nothing.
      now.push(old)
      unavailable++
    }
  }
  const room = Math.max(0, unavailableMax - unavailable)
  return { create: [], remove: [...now, ...candidates.slice(0, room)], ended: [] }
}

function planSurge(states: readonly NodeState[], surgeMax: number): DaemonPlan {
  let surging = 0
  const [now, candidates, remove]: [string[], string[], Pod[]] = [[], [], []]
  for (const { name, old, fresh, oldIsAvailable, freshIsAvailable, isOdd } of states) {
    if (isOdd) surging++
    else if (old === undefined) continue
    else if (fresh === undefined) (oldIsAvailable ? candidates : now).push(name)
    else if (freshIsAvailable) remove.push(old)
    else surging++
  }
  const room = Math.max(0, surgeMax - surging)
  return { create: [...now, ...candidates.slice(0, room)], remove, ended: [] }
}

/** Upstream: updateDaemonSetStatus. */
export function statusOf(daemonSet: DaemonSet, view: DaemonView): DaemonSetStatus {
  const byNode = podsByNode(view.pods)
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 }
  for (const node of view.nodes) {
    const [pod] = (byNode.get(node.metadata.name) ?? []).toSorted(byAge)
    if (!eligibilityOf(daemonSet, node).shouldRun) {
      if (pod !== undefined) counts.misscheduled++
      continue
    }
    counts.desired++
    if (pod === undefined) continue
    counts.current++
    if (isPodReady(pod)) counts.ready++
    if (available(daemonSet, pod, view)) counts.available++
    if (pod.metadata.labels?.[revisionHashLabel] === view.hash) counts.updated++
  }
  const { conditions, collisionCount } = daemonSet.status ?? {}
  const { generation } = daemonSet.metadata
  return {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    updatedNumberScheduled: counts.updated,
    numberAvailable: counts.available,
    numberUnavailable: counts.desired - counts.available,
    ...(collisionCount === undefined ? {} : { collisionCount }),
    ...(conditions === undefined ? {} : { conditions }),
  }
}
