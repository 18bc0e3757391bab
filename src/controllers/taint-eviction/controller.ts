/**
 * Evicts pods from nodes whose NoExecute taints they do not tolerate, or no longer.
 * Upstream: pkg/controller/tainteviction/taint_eviction.go at v1.36.
 */
import type { Node, Pod } from '#api/core/v1.gen.ts'
import { withCondition } from '#api/meta/conditions.ts'
import { nodes, pods } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import { timestamp } from '#base/clock.ts'
import type { Client } from '#client/client.ts'
import type { EventRecorder } from '#client/events.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { objectKey } from '#client/object-store.ts'
import { defineController, done } from '#controllers/controller.ts'
import { equal } from '#controllers/equal.ts'
import { referenceOf } from '#controllers/pod-control.ts'
import { indexByNode, podsOn } from '#controllers/pods-by-node.ts'
import { unlessGone } from '#controllers/writes.ts'
import { stayOf } from './plan.ts'

interface Deps {
  readonly client: Client
  readonly clock: Clock
  readonly recorder: EventRecorder
  readonly pods: ReadonlyStore<Pod>
  readonly nodes: ReadonlyStore<Node>
  /** Pods that may stay for a while, by key, and since when that while counts. */
  readonly staying: Map<string, { readonly uid: string; readonly sinceMs: number }>
}

export const taintEvictionController = defineController<Deps>({
  name: 'taint-eviction-controller',
  primary: pods,
  watches: [
    {
      type: nodes,
      keys(node, deps, other) {
        const taints = executing(node as Node)
        const isSame = other !== undefined && equal(taints, executing(other as Node))
        return isSame ? [] : podsOn(deps.pods, node.metadata.name).map(objectKey)
      },
    },
  ],
  writes: ['pods', 'pods/status'],
  workersMax: 8,

  open({ client, clock, recorder, informer }) {
    const podInformer = informer(pods)
    indexByNode(podInformer)
    const nodeStore = informer(nodes).store
    return {
      client,
      clock,
      recorder,
      pods: podInformer.store,
      nodes: nodeStore,
      staying: new Map(),
    }
  },

  async reconcile(key, deps, signal) {
    const pod = deps.pods.get(key)
    const { nodeName } = pod?.spec ?? {}
    if (pod === undefined || !nodeName || pod.metadata.deletionTimestamp !== undefined) {
      deps.staying.delete(key)
      return done
    }
    const taints = executing(deps.nodes.get(nodeName))
    const stay = stayOf(taints, pod.spec.tolerations)
    if (stay.type === 'for-ever') {
      cancel(key, pod, deps)
      return done
    }
    const waitMs = stay.type === 'for' ? since(key, pod, deps) + stay.ms - deps.clock.nowMs() : 0
    if (waitMs > 0) return { retryAfterMs: waitMs }
    await evict(pod, deps, signal)
    deps.staying.delete(key)
    return done
  },
})

function executing(node: Node | undefined) {
  return (node?.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute')
}

/** A stay counts from when it was first granted, whatever happens to the pod meanwhile. */
function since(key: string, { metadata }: Pod, { staying, clock }: Deps): number {
  const known = staying.get(key)
  if (known?.uid === metadata.uid) return known.sinceMs
  const sinceMs = clock.nowMs()
  staying.set(key, { uid: metadata.uid, sinceMs })
  return sinceMs
}

function cancel(key: string, pod: Pod, { staying, recorder }: Deps): void {
  if (!staying.delete(key)) return
  const text = `Cancelling deletion of Pod ${key}`
  recorder.event(referenceOf(pods, pod), 'Normal', 'TaintManagerEviction', text)
}

async function evict(pod: Pod, deps: Deps, signal: AbortSignal): Promise<void> {
  const { client, clock, recorder } = deps
  const { name, namespace = '', uid } = pod.metadata
  const text = `Marking for deletion Pod ${namespace}/${name}`
  recorder.event(referenceOf(pods, pod), 'Normal', 'TaintManagerEviction', text)
  const conditions = withCondition(pod.status?.conditions, {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
    lastTransitionTime: timestamp(clock.nowMs()),
  })
  const podsHere = client.in(pods, namespace)
  const next = { ...pod, status: { ...pod.status, conditions } }
  await unlessGone(podsHere.update(next, { subresource: 'status', signal }))
  await unlessGone(podsHere.delete(name, { preconditions: { uid }, signal }))
}
