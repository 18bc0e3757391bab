/**
 * What a node's silence means: its conditions, its taints, and when its pods must go.
 * Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go at v1.36.
 */
import type { Node, NodeCondition, Taint } from '#api/core/v1.gen.ts'
import { findCondition } from '#api/meta/conditions.ts'
import { isSameTaint } from '#api/meta/taints.ts'

export const nodeLifecycleDefaults = {
  /** --node-monitor-grace-period */
  graceMs: 50_000,
  /** --node-startup-grace-period: for nodes that have never reported. */
  startupGraceMs: 60_000,
  /** One node in 10 s (--node-eviction-rate 0.1) is marked for eviction in a zone … */
  evictionIntervalMs: 10_000,
  /** … one in 100 s (0.01) where most nodes of a large zone are down, none in a small one. */
  secondaryIntervalMs: 100_000,
  /** --large-cluster-size-threshold */
  largeZoneNodes: 50,
  /** --unhealthy-zone-threshold */
  unhealthyShare: 0.55,
} as const

const reported = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const

/** The conditions of a node that has been silent for too long; undefined when they say so already. */
export function silentConditions(node: Node, now: string): NodeCondition[] | undefined {
  const conditions = [...(node.status?.conditions ?? [])]
  let changed = false
  for (const type of reported) {
    const at = conditions.findIndex((condition) => condition.type === type)
    const prior = conditions[at]
    if (prior?.status === 'Unknown') continue
    changed = true
    if (prior === undefined) conditions.push(neverReported(node, type, now))
    else conditions[at] = silent(prior, now)
  }
  return changed ? conditions : undefined
}

function neverReported(node: Node, type: string, now: string): NodeCondition {
  return {
    type,
    status: 'Unknown',
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
    lastHeartbeatTime: node.metadata.creationTimestamp,
    lastTransitionTime: now,
  }
}

function silent(prior: NodeCondition, now: string): NodeCondition {
  return {
    ...prior,
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    lastTransitionTime: now,
  }
}

export type Readiness = 'True' | 'False' | 'Unknown'

/** A node that says nothing is not known to be ready. */
export function readinessOf({ status }: Node): Readiness {
  return (findCondition(status?.conditions, 'Ready')?.status as Readiness | undefined) ?? 'Unknown'
}

const notReady = 'node.kubernetes.io/not-ready'
const unreachable = 'node.kubernetes.io/unreachable'
const unschedulable = 'node.kubernetes.io/unschedulable'

/** Taints that repel new pods, by condition and status. */
const repelling: readonly (readonly [type: string, status: string, key: string])[] = [
  ['Ready', 'False', notReady],
  ['Ready', 'Unknown', unreachable],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
]

const ours: ReadonlySet<string> = new Set([...repelling.map(([, , key]) => key), unschedulable])

export interface TaintPlan {
  /** Whether pods that do not tolerate it may be evicted now. */
  readonly evict: 'now' | 'not-yet' | 'never'
  /** RFC 3339 */
  readonly now: string
}

/** The taints that the node should have; the same array when it has them. */
export function taintsOf(node: Node, { evict, now }: TaintPlan): readonly Taint[] {
  const prior = node.spec.taints ?? []
  const wanted: Taint[] = repelling
    .filter(([type, status]) => conditionIs(node, type, status))
    .map(([, , key]) => ({ key, effect: 'NoSchedule' }))
  if (node.spec.unschedulable === true) wanted.push({ key: unschedulable, effect: 'NoSchedule' })
  const eviction = evictionTaint(node)
  const isEvicting = eviction !== undefined && prior.some((taint) => isSameTaint(taint, eviction))
  if (eviction !== undefined && evict !== 'never' && (isEvicting || evict === 'now')) {
    wanted.push({ ...eviction, timeAdded: now })
  }
  const kept = prior.filter((taint) => !isManaged(taint) || hasTaint(wanted, taint))
  const added = wanted.filter((taint) => !hasTaint(kept, taint))
  return added.length === 0 && kept.length === prior.length ? prior : [...kept, ...added]
}

/** Which taint would evict the node's pods; undefined for a node that is ready. */
export function evictionTaint(node: Node): Taint | undefined {
  const readiness = readinessOf(node)
  if (readiness === 'True') return undefined
  return { key: readiness === 'False' ? notReady : unreachable, effect: 'NoExecute' }
}

export function hasTaint(taints: readonly Taint[] | undefined, taint: Taint): boolean {
  return taints?.some((each) => isSameTaint(each, taint)) === true
}

function isManaged({ key, effect }: Taint): boolean {
  if (effect === 'NoSchedule') return ours.has(key)
  return effect === 'NoExecute' && (key === notReady || key === unreachable)
}

function conditionIs({ status }: Node, type: string, value: string): boolean {
  return findCondition(status?.conditions, type)?.status === value
}

export type ZoneState = 'normal' | 'partial' | 'full'

export function zoneOf({ metadata }: Node): string {
  const { labels = {} } = metadata
  const region = labels['topology.kubernetes.io/region'] ?? ''
  const zone = labels['topology.kubernetes.io/zone'] ?? ''
  return `${region}:\0:${zone}`
}

/** How badly a zone is hit: whether its nodes are down, or rather the way to them. */
export function zoneState(nodes: readonly Node[]): ZoneState {
  const down = nodes.filter((node) => readinessOf(node) !== 'True').length
  if (down === nodes.length && down > 0) return 'full'
  const isPartial = down > 2 && down / nodes.length >= nodeLifecycleDefaults.unhealthyShare
  return isPartial ? 'partial' : 'normal'
}

/** Between two nodes of a zone that are marked for eviction; undefined: none is marked at all. */
export function evictionIntervalMs(
  zone: readonly Node[],
  allZones: readonly ZoneState[],
): number | undefined {
  // When everything seems down it is more likely that we are cut off.
  if (allZones.every((state) => state === 'full')) return undefined
  const {
    evictionIntervalMs: normalMs,
    secondaryIntervalMs,
    largeZoneNodes,
  } = nodeLifecycleDefaults
  if (zoneState(zone) !== 'partial') return normalMs
  return zone.length > largeZoneNodes ? secondaryIntervalMs : undefined
}

/** Old names of labels that follow the new ones. */
const aliases = [
  ['kubernetes.io/os', 'beta.kubernetes.io/os'],
  ['kubernetes.io/arch', 'beta.kubernetes.io/arch'],
] as const

/** Labels to set so that the aliases agree; empty when they do. */
export function labelChanges({ metadata }: Node): Record<string, string> {
  const { labels = {} } = metadata
  const changes: Record<string, string> = {}
  for (const [primary, alias] of aliases) {
    const value = labels[primary]
    if (value !== undefined && labels[alias] !== value) changes[alias] = value
  }
  return changes
}
