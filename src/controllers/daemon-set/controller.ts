/**
 * One pod on each node that wants it.
 * Upstream: pkg/controller/daemon/daemon_controller.go at v1.36.
 */
import type { ControllerRevision, DaemonSet } from '#api/apps/v1.gen.ts'
import type { Node, Pod } from '#api/core/v1.gen.ts'
import type { ApiObject, Draft } from '#api/resource-type.ts'
import { controllerrevisions, daemonsets, nodes, pods } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import { objectKey } from '#client/object-store.ts'
import type { StartedInformer } from '#client/start-informer.ts'
import { wakeAdopters } from '#controllers/adopters.ts'
import type { Outcome } from '#controllers/controller.ts'
import { defineController, done } from '#controllers/controller.ts'
import { equal, sameStatus } from '#controllers/equal.ts'
import type { History } from '#controllers/history.ts'
import {
  deleteRevisions,
  ensureRevision,
  planHistoryCleanup,
  planRevision,
  RevisionCollision,
  revisionHashLabel,
  revisionsOf,
} from '#controllers/history.ts'
import { claim, indexByController } from '#controllers/ownership.ts'
import { PendingWrites, unsettled } from '#controllers/pending-writes.ts'
import type { PodControl } from '#controllers/pod-control.ts'
import { createPod, deletePod, podFromTemplate, referenceOf } from '#controllers/pod-control.ts'
import { nextAvailableMs } from '#controllers/pods.ts'
import { slowStart } from '#controllers/slow-start.ts'
import { isNamespaceTerminating, unlessGone } from '#controllers/writes.ts'
import { pinnedTo, tolerationsOf } from './eligibility.ts'
import type { DaemonPlan, DaemonView } from './plan.ts'
import { planNodes, planUpdate, statusOf } from './plan.ts'
import { EndedBackoff } from './ended-backoff.ts'

interface Deps extends PodControl, History {
  readonly clock: Clock
  readonly daemonSets: StartedInformer<DaemonSet>
  readonly pods: StartedInformer<Pod>
  readonly nodes: ReadonlyStore<Node>
  readonly pending: PendingWrites<Pod>
  readonly pendingRevisions: PendingWrites<ControllerRevision>
  readonly backoff: EndedBackoff
}

/** Pods made or removed in one go. Upstream: BurstReplicas. */
const burstMax = 250

export const daemonSetController = defineController<Deps>({
  name: 'daemonset-controller',
  primary: daemonsets,
  owns: [pods, controllerrevisions],
  watches: [
    { type: pods, keys: (pod, deps) => wakeAdopters(pod, deps.daemonSets.store) },
    {
      type: nodes,
      keys(node, deps, other) {
        const isSame = other !== undefined && equal(view(node as Node), view(other as Node))
        return isSame ? [] : deps.daemonSets.store.list().map(objectKey)
      },
    },
  ],
  writes: ['pods', 'apps/controllerrevisions', 'apps/daemonsets/status'],
  workersMax: 2,

  open({ client, clock, recorder, informer }) {
    const [daemonSets, podInformer] = [informer(daemonsets), informer(pods)]
    const revisions = informer(controllerrevisions)
    indexByController(podInformer)
    indexByController(revisions)
    return {
      client,
      clock,
      recorder,
      ownerType: daemonsets,
      daemonSets,
      pods: podInformer,
      revisions,
      nodes: informer(nodes).store,
      pending: new PendingWrites(podInformer, clock),
      pendingRevisions: new PendingWrites(revisions, clock),
      backoff: new EndedBackoff(clock),
    }
  },

  async reconcile(key, deps, signal) {
    const daemonSet = deps.daemonSets.store.get(key)
    if (daemonSet === undefined) {
      deps.pending.forget(key)
      deps.pendingRevisions.forget(key)
      return done
    }
    if (daemonSet.metadata.deletionTimestamp !== undefined) return done
    if (!deps.pending.settled(key) || !deps.pendingRevisions.settled(key)) return unsettled
    return await sync({ key, daemonSet, deps, signal })
  },
})

/** What of a node decides whether daemons run there. */
function view({ metadata, spec }: Node): unknown {
  return [metadata.labels, spec.taints, spec.unschedulable]
}

interface Pass {
  readonly key: string
  readonly daemonSet: DaemonSet
  readonly deps: Deps
  readonly signal: AbortSignal
}

async function sync(pass: Pass): Promise<Outcome> {
  const { key, daemonSet, deps, signal } = pass
  const revisions = await revisionsOf(deps, daemonSet, signal)
  const newest = await newestRevision(pass, revisions)
  if (newest === undefined) return done
  deps.pendingRevisions.wrote(key, newest)
  const claimer = { client: deps.client, informer: deps.pods, type: pods, ownerType: daemonsets }
  const owned = await claim(claimer, daemonSet, signal)
  const world: DaemonView = {
    nodes: deps.nodes.list(),
    pods: owned,
    hash: newest.metadata.labels?.[revisionHashLabel] ?? '',
    nowMs: deps.clock.nowMs(),
  }
  const delayMs = await act(pass, planNodes(daemonSet, world), world)
  if (deps.pending.settled(key)) await act(pass, planUpdate(daemonSet, world), world)
  const live = new Set(owned.map(({ metadata }) => metadata.labels?.[revisionHashLabel] ?? ''))
  live.add(newest.metadata.name)
  await deleteRevisions(deps, planHistoryCleanup(daemonSet, revisions, live), signal)
  await writeStatus(pass, world)
  return nextLook(daemonSet, world, delayMs)
}

/** Undefined when the name was taken: the count of collisions was raised, which wakes us again. */
async function newestRevision(
  { daemonSet, deps, signal }: Pass,
  revisions: readonly ControllerRevision[],
): Promise<ControllerRevision | undefined> {
  const plan = planRevision(daemonSet, daemonsets, revisions)
  try {
    return await ensureRevision(deps, { owner: daemonSet, plan }, signal)
  } catch (error) {
    if (!(error instanceof RevisionCollision)) throw error
    const collisionCount = (daemonSet.status?.collisionCount ?? 0) + 1
    const status = { ...emptyStatus, ...daemonSet.status, collisionCount }
    const client = deps.client.in(daemonsets, daemonSet.metadata.namespace ?? '')
    await unlessGone(client.update({ ...daemonSet, status }, { subresource: 'status', signal }))
    return undefined
  }
}

const emptyStatus = {
  currentNumberScheduled: 0,
  numberMisscheduled: 0,
  desiredNumberScheduled: 0,
  numberReady: 0,
}

/** Carries the plan out. Returns how long the replacement of ended pods has to wait, if it does. */
async function act(pass: Pass, plan: DaemonPlan, { hash }: DaemonView): Promise<number> {
  const { key, daemonSet, deps, signal } = pass
  const { backoff, pending } = deps
  let delayMs = Infinity
  const postponed = new Set<Pod>()
  for (const pod of plan.ended) {
    const waitMs = backoff.waitMs(daemonSet, pod)
    if (waitMs > 0) {
      postponed.add(pod)
      delayMs = Math.min(delayMs, waitMs)
    } else tellEnded(pass, pod)
  }
  const remove = plan.remove.filter((pod) => !postponed.has(pod)).slice(0, burstMax)
  const create = plan.create.slice(0, burstMax)
  const queue = [...create]
  const { failure } = await slowStart(create.length, async () => {
    const pod = daemonPod(daemonSet, { nodeName: queue.shift() ?? '', hash })
    pending.wrote(key, await createPod(deps, { owner: daemonSet, pod, signal }))
  })
  if (failure !== undefined && !isNamespaceTerminating(failure)) throw failure
  await Promise.all(
    remove.map(async (pod) => {
      await deletePod(deps, { owner: daemonSet, pod, signal })
      pending.deleted(key, pod)
    }),
  )
  return delayMs
}

function tellEnded({ daemonSet, deps }: Pass, { metadata, spec, status }: Pod): void {
  const { namespace, name } = metadata
  const where = `daemon pod ${namespace}/${name} on node ${spec.nodeName}`
  const reference = referenceOf(daemonsets, daemonSet)
  if (status?.phase === 'Failed') {
    const text = `Found failed ${where}, will try to kill it`
    deps.recorder.event(reference, 'Warning', 'FailedDaemonPod', text)
  } else {
    const text = `Found succeeded ${where}, will try to delete it`
    deps.recorder.event(reference, 'Normal', 'SucceededDaemonPod', text)
  }
}

function daemonPod(
  daemonSet: DaemonSet,
  { nodeName, hash }: { readonly nodeName: string; readonly hash: string },
): Draft<Pod> {
  const pod = podFromTemplate(daemonsets, daemonSet, daemonSet.spec.template)
  const { spec } = pod
  return {
    ...pod,
    metadata: {
      ...pod.metadata,
      labels: { ...pod.metadata?.labels, [revisionHashLabel]: hash, ...generationLabel(daemonSet) },
    },
    spec: {
      ...spec,
      affinity: pinnedTo(nodeName, spec.affinity),
      tolerations: tolerationsOf(spec),
    },
  }
}

const generationAnnotation = 'deprecated.daemonset.template.generation'

function generationLabel({ metadata }: ApiObject): Record<string, string> {
  const generation = metadata.annotations?.[generationAnnotation]
  return generation === undefined ? {} : { 'pod-template-generation': generation }
}

async function writeStatus(pass: Pass, world: DaemonView): Promise<void> {
  const { daemonSet, deps, signal } = pass
  const status = statusOf(daemonSet, world)
  if (sameStatus(daemonSet.status, status)) return
  const client = deps.client.in(daemonsets, daemonSet.metadata.namespace ?? '')
  await unlessGone(client.update({ ...daemonSet, status }, { subresource: 'status', signal }))
}

function nextLook({ spec }: DaemonSet, world: DaemonView, delayMs: number): Outcome {
  const minReadySeconds = spec.minReadySeconds ?? 0
  const availableMs =
    minReadySeconds === 0
      ? undefined
      : nextAvailableMs(world.pods, { minReadySeconds, nowMs: world.nowMs })
  const waitMs = Math.min(delayMs, availableMs ?? Infinity)
  return waitMs === Infinity ? done : { retryAfterMs: waitMs }
}
