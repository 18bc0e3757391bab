/**
 * Removes pods that nobody will remove: on nodes that are gone, asked to end before they had a node, and
 * ended ones beyond a threshold.
 * Upstream: pkg/controller/podgc/gc_controller.go at v1.36.
 */
import type { Node, Pod, PodCondition } from '#api/core/v1.gen.ts'
import { withCondition } from '#api/meta/conditions.ts'
import { isPodTerminal } from '#api/meta/pods.ts'
import { nodes, pods } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import { timestamp } from '#base/clock.ts'
import type { Client } from '#client/client.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { objectKey } from '#client/object-store.ts'
import type { ControllerContext, Outcome } from '#controllers/controller.ts'
import { defineController, done } from '#controllers/controller.ts'
import { indexByNode, podsOn } from '#controllers/pods-by-node.ts'
import { unlessGone } from '#controllers/writes.ts'
import { isUnscheduledTerminating, planTerminated, terminatedPodsMax } from './plan.ts'

interface Deps {
  readonly client: Client
  readonly clock: Clock
  readonly pods: ReadonlyStore<Pod>
  readonly nodes: ReadonlyStore<Node>
  /** Pods on nodes that were missing, by key, and since when. */
  readonly missingSince: Map<string, number>
  readonly enqueue: ControllerContext['enqueue']
}

/** A node may only be slow to appear. Upstream: quarantineTime. */
const quarantineMs = 40_000
/** The key for the threshold over all pods; no pod has it. */
const thresholdKey = '*'
const thresholdPeriodMs = 20_000

export const podGarbageCollector = defineController<Deps>({
  name: 'pod-garbage-collector-controller',
  primary: pods,
  watches: [
    {
      type: nodes,
      keys: (node, deps, other) =>
        other === undefined ? podsOn(deps.pods, node.metadata.name).map(objectKey) : [],
    },
  ],
  writes: ['pods', 'pods/status'],
  workersMax: 4,

  open({ client, clock, informer, enqueue }) {
    const podInformer = informer(pods)
    indexByNode(podInformer)
    enqueue(thresholdKey, thresholdPeriodMs)
    return {
      client,
      clock,
      enqueue,
      pods: podInformer.store,
      nodes: informer(nodes).store,
      missingSince: new Map(),
    }
  },

  async reconcile(key, deps, signal) {
    if (key === thresholdKey) return await checkThreshold(deps, signal)
    const pod = deps.pods.get(key)
    if (pod === undefined) {
      deps.missingSince.delete(key)
      return done
    }
    if (isUnscheduledTerminating(pod)) {
      await fail(pod, undefined, { deps, signal })
      return done
    }
    return await checkNode(key, pod, { deps, signal })
  },
})

interface Doing {
  readonly deps: Deps
  readonly signal: AbortSignal
}

async function checkThreshold(deps: Deps, signal: AbortSignal): Promise<Outcome> {
  const again = { retryAfterMs: thresholdPeriodMs }
  if (deps.pods.size <= terminatedPodsMax) return again
  for (const pod of planTerminated(deps.pods.list(), terminatedPodsMax)) {
    await fail(pod, undefined, { deps, signal })
  }
  return again
}

async function checkNode(key: string, pod: Pod, { deps, signal }: Doing): Promise<Outcome> {
  const { nodeName } = pod.spec
  if (!nodeName || deps.nodes.get(nodeName) !== undefined) {
    deps.missingSince.delete(key)
    return done
  }
  const nowMs = deps.clock.monotonicMs()
  const sinceMs = deps.missingSince.get(key) ?? nowMs
  deps.missingSince.set(key, sinceMs)
  if (nowMs - sinceMs < quarantineMs) return { retryAfterMs: sinceMs + quarantineMs - nowMs }
  if ((await unlessGone(deps.client.for(nodes).get(nodeName, { signal }))) !== undefined) {
    return { retryAfterMs: quarantineMs }
  }
  await fail(pod, orphaned(deps), { deps, signal })
  return done
}

function orphaned({ clock }: Deps): PodCondition {
  return {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByPodGC',
    message: 'PodGC: node no longer exists',
    lastTransitionTime: timestamp(clock.nowMs()),
  }
}

/** A pod that did not end is marked as failed first, so that its owner counts it. */
async function fail(
  pod: Pod,
  condition: PodCondition | undefined,
  { deps, signal }: Doing,
): Promise<void> {
  const { name, namespace = '', uid } = pod.metadata
  const client = deps.client.in(pods, namespace)
  if (!isPodTerminal(pod)) {
    const prior = pod.status?.conditions
    const conditions = condition === undefined ? prior : withCondition(prior, condition)
    const { resourceVersion } = pod.metadata
    const status = { phase: 'Failed', ...(conditions && { conditions }) }
    const patch = { metadata: { uid, resourceVersion }, status }
    await unlessGone(client.patch(name, 'merge', patch, { subresource: 'status', signal }))
  }
  const options = { gracePeriodSeconds: 0, preconditions: { uid }, signal }
  await unlessGone(client.delete(name, options))
}
