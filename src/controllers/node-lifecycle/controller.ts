/**
 * Watches over nodes: one that is silent for too long is marked unknown, tainted so that nothing is
 * scheduled there, and, at a careful pace, so that its pods are evicted. Nothing is polled: a heartbeat
 * is an event, and silence is a timer.
 * Upstream: pkg/controller/nodelifecycle/node_lifecycle_controller.go at v1.36.
 */
import type { Lease } from '#api/coordination/v1.gen.ts'
import type { Node, Pod } from '#api/core/v1.gen.ts'
import { findCondition, withCondition } from '#api/meta/conditions.ts'
import { leases, nodes, pods } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import { timestamp } from '#base/clock.ts'
import type { Client } from '#client/client.ts'
import type { EventRecorder } from '#client/events.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import type { Outcome } from '#controllers/controller.ts'
import { defineController, done } from '#controllers/controller.ts'
import { equal } from '#controllers/equal.ts'
import { referenceOf } from '#controllers/pod-control.ts'
import { indexByNode, podsOn } from '#controllers/pods-by-node.ts'
import { unlessGone } from '#controllers/writes.ts'
import type { TaintPlan } from './plan.ts'
import {
  evictionIntervalMs,
  evictionTaint,
  hasTaint,
  labelChanges,
  nodeLifecycleDefaults,
  readinessOf,
  silentConditions,
  taintsOf,
  zoneOf,
  zoneState,
} from './plan.ts'

interface Deps {
  readonly client: Client
  readonly clock: Clock
  readonly recorder: EventRecorder
  readonly nodes: ReadonlyStore<Node>
  readonly leases: ReadonlyStore<Lease>
  readonly pods: ReadonlyStore<Pod>
  readonly health: Map<string, Health>
  /** When a node of the zone was last marked for eviction. */
  readonly evictedMs: Map<string, number>
}

/** A node's last sign of life, by our own clock. */
interface Health {
  readonly sign: string
  readonly seenMs: number
  /** Its pods are known not to be ready. */
  podsMarked: boolean
}

const leaseNamespace = 'kube-node-lease'

export const nodeLifecycleController = defineController<Deps>({
  name: 'node-lifecycle-controller',
  primary: nodes,
  watches: [
    {
      type: leases,
      keys: ({ metadata }) => (metadata.namespace === leaseNamespace ? [metadata.name] : []),
    },
  ],
  writes: ['nodes', 'nodes/status', 'pods/status'],
  workersMax: 8,

  open({ client, clock, recorder, informer }) {
    const podInformer = informer(pods)
    indexByNode(podInformer)
    return {
      client,
      clock,
      recorder,
      nodes: informer(nodes).store,
      leases: informer(leases).store,
      pods: podInformer.store,
      health: new Map(),
      evictedMs: new Map(),
    }
  },

  async reconcile(key, deps, signal) {
    const node = deps.nodes.get(key)
    if (node === undefined) {
      deps.health.delete(key)
      return done
    }
    return await watchOver(node, deps, signal)
  },
})

async function watchOver(node: Node, deps: Deps, signal: AbortSignal): Promise<Outcome> {
  const health = observe(node, deps)
  const waitMs = health.seenMs + graceOf(node) - deps.clock.monotonicMs()
  const judged = waitMs > 0 ? node : await markSilent(node, deps, signal)
  if (judged === undefined) return done
  if (readinessOf(judged) === 'True') health.podsMarked = false
  else if (!health.podsMarked) await markPodsNotReady(judged, deps, signal)
  if (readinessOf(judged) !== 'True') health.podsMarked = true
  const evictMs = await writeTaints(judged, deps, signal)
  const nextMs = Math.min(waitMs > 0 ? waitMs : Infinity, evictMs)
  return nextMs === Infinity ? done : { retryAfterMs: nextMs }
}

/** Notes a sign of life: a new heartbeat in the status, or a renewed lease. */
function observe(node: Node, deps: Deps): Health {
  const { name } = node.metadata
  const lease = deps.leases.get(`${leaseNamespace}/${name}`)
  const heartbeat = findCondition(node.status?.conditions, 'Ready')?.lastHeartbeatTime ?? ''
  const sign = `${heartbeat} ${lease?.spec.renewTime ?? ''}`
  const prior = deps.health.get(name)
  if (prior?.sign === sign) return prior
  const podsMarked = prior?.podsMarked ?? false
  const health = { sign, seenMs: deps.clock.monotonicMs(), podsMarked }
  deps.health.set(name, health)
  return health
}

function graceOf({ status }: Node): number {
  const { graceMs, startupGraceMs } = nodeLifecycleDefaults
  return findCondition(status?.conditions, 'Ready') === undefined ? startupGraceMs : graceMs
}

/** The node as it is after it was marked; undefined when it is gone. */
async function markSilent(
  node: Node,
  { client, clock, recorder }: Deps,
  signal: AbortSignal,
): Promise<Node | undefined> {
  const conditions = silentConditions(node, timestamp(clock.nowMs()))
  if (conditions === undefined) return node
  const next = { ...node, status: { ...node.status, conditions } }
  if (readinessOf(node) === 'True') {
    const text = `Node ${node.metadata.name} status is now: NodeNotReady`
    recorder.event(referenceOf(nodes, node), 'Normal', 'NodeNotReady', text)
  }
  return await unlessGone(client.for(nodes).update(next, { subresource: 'status', signal }))
}

/** Services must not send traffic there. Upstream: MarkPodsNotReady. */
async function markPodsNotReady(node: Node, deps: Deps, signal: AbortSignal): Promise<void> {
  const { client, recorder, clock } = deps
  for (const pod of podsOn(deps.pods, node.metadata.name)) {
    const ready = findCondition(pod.status?.conditions, 'Ready')
    if (ready?.status !== 'True') continue
    const lastTransitionTime = timestamp(clock.nowMs())
    const condition = { ...ready, status: 'False', lastTransitionTime }
    const conditions = withCondition(pod.status?.conditions, condition)
    const next = { ...pod, status: { ...pod.status, conditions } }
    const podClient = client.in(pods, pod.metadata.namespace ?? '')
    await unlessGone(podClient.update(next, { subresource: 'status', signal }))
    recorder.event(referenceOf(pods, pod), 'Warning', 'NodeNotReady', 'Node is not ready')
  }
}

/** Writes taints and labels if they differ. Returns when to try the eviction taint again. */
async function writeTaints(node: Node, deps: Deps, signal: AbortSignal): Promise<number> {
  const { evict, waitMs } = planEviction(node, deps)
  const taints = taintsOf(node, { evict, now: timestamp(deps.clock.nowMs()) })
  const labels = labelChanges(node)
  if (equal(taints, node.spec.taints) && Object.keys(labels).length === 0) return waitMs
  const next = {
    ...node,
    metadata: { ...node.metadata, labels: { ...node.metadata.labels, ...labels } },
    spec: { ...node.spec, taints: [...taints] },
  }
  await unlessGone(deps.client.for(nodes).update(next, { signal }))
  return waitMs
}

function planEviction(
  node: Node,
  { nodes: store, evictedMs, clock }: Deps,
): { readonly evict: TaintPlan['evict']; readonly waitMs: number } {
  const taint = evictionTaint(node)
  if (taint === undefined) return { evict: 'not-yet', waitMs: Infinity }
  const zone = zoneOf(node)
  const zones = Map.groupBy(store.list(), zoneOf)
  const states = [...zones.values()].map(zoneState)
  const intervalMs = evictionIntervalMs(zones.get(zone) ?? [node], states)
  if (intervalMs === undefined) {
    // Looked at again when another node changes the picture, or after a while.
    return { evict: 'never', waitMs: nodeLifecycleDefaults.evictionIntervalMs }
  }
  if (hasTaint(node.spec.taints, taint)) return { evict: 'now', waitMs: Infinity }
  const nowMs = clock.monotonicMs()
  const dueMs = (evictedMs.get(zone) ?? -Infinity) + intervalMs
  if (dueMs > nowMs) return { evict: 'not-yet', waitMs: dueMs - nowMs }
  evictedMs.set(zone, nowMs)
  return { evict: 'now', waitMs: Infinity }
}
