/**
 * Pods with a name and a memory.
 * Upstream: pkg/controller/statefulset/stateful_set.go at v1.36.
 */
import type { ControllerRevision, StatefulSet } from '#api/apps/v1.gen.ts'
import type { PersistentVolumeClaim, Pod, PodTemplateSpec } from '#api/core/v1.gen.ts'
import {
  controllerrevisions,
  persistentvolumeclaims,
  pods,
  statefulsets,
} from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import type { StartedInformer } from '#client/start-informer.ts'
import { wakeAdopters } from '#controllers/adopters.ts'
import type { Outcome } from '#controllers/controller.ts'
import { defineController, done } from '#controllers/controller.ts'
import { sameStatus } from '#controllers/equal.ts'
import type { History } from '#controllers/history.ts'
import {
  deleteRevisions,
  ensureRevision,
  planHistoryCleanup,
  planRevision,
  RevisionCollision,
  revisionsOf,
} from '#controllers/history.ts'
import { claim, indexByController } from '#controllers/ownership.ts'
import { PendingWrites, unsettled } from '#controllers/pending-writes.ts'
import { nextAvailableMs } from '#controllers/pods.ts'
import { isNamespaceTerminating, unlessGone } from '#controllers/writes.ts'
import type { StatefulActor } from './act.ts'
import { take } from './act.ts'
import type { StatefulView } from './plan.ts'
import { plan, statusOf } from './plan.ts'
import { ordinalOf, revisionNameOf } from './pods.ts'

interface Deps extends StatefulActor, History {
  readonly clock: Clock
  readonly sets: StartedInformer<StatefulSet>
  readonly pods: StartedInformer<Pod>
  readonly claims: ReadonlyStore<PersistentVolumeClaim>
  readonly pendingRevisions: PendingWrites<ControllerRevision>
}

export const statefulSetController = defineController<Deps>({
  name: 'statefulset-controller',
  primary: statefulsets,
  owns: [pods, controllerrevisions],
  watches: [{ type: pods, keys: (pod, deps) => wakeAdopters(pod, deps.sets.store) }],
  writes: [
    'pods',
    'persistentvolumeclaims',
    'apps/controllerrevisions',
    'apps/statefulsets/status',
  ],
  workersMax: 5,

  open({ client, clock, recorder, informer }) {
    const [sets, podInformer] = [informer(statefulsets), informer(pods)]
    const revisions = informer(controllerrevisions)
    indexByController(podInformer)
    indexByController(revisions)
    return {
      client,
      clock,
      recorder,
      ownerType: statefulsets,
      sets,
      revisions,
      pods: podInformer,
      claims: informer(persistentvolumeclaims).store,
      pending: new PendingWrites(podInformer, clock),
      pendingRevisions: new PendingWrites(revisions, clock),
    }
  },

  async reconcile(key, deps, signal) {
    const set = deps.sets.store.get(key)
    if (set === undefined) {
      deps.pending.forget(key)
      deps.pendingRevisions.forget(key)
      return done
    }
    if (!deps.pending.settled(key) || !deps.pendingRevisions.settled(key)) return unsettled
    return await sync({ key, set, deps, signal })
  },
})

interface Pass {
  readonly key: string
  readonly set: StatefulSet
  readonly deps: Deps
  readonly signal: AbortSignal
}

async function sync(pass: Pass): Promise<Outcome> {
  const { key, set, deps, signal } = pass
  const revisions = await revisionsOf(deps, set, signal)
  const update = await updateRevision(pass, revisions)
  if (update === undefined) return done
  deps.pendingRevisions.wrote(key, update)
  const current = revisions.find(({ metadata }) => metadata.name === set.status?.currentRevision)
  const claimer = { client: deps.client, informer: deps.pods, type: pods, ownerType: statefulsets }
  const owned = (await claim(claimer, set, signal)).filter(
    (pod) => ordinalOf(set, pod) !== undefined,
  )
  const view: StatefulView = {
    pods: owned,
    current: (current ?? update).metadata.name,
    update: update.metadata.name,
    nowMs: deps.clock.nowMs(),
  }
  const failure = await act(pass, view, templatesOf(set, [current ?? update, update]))
  await writeStatus(pass, view)
  const live = new Set([view.current, view.update, ...owned.map(revisionNameOf)])
  await deleteRevisions(deps, planHistoryCleanup(set, revisions, live), signal)
  if (failure !== undefined && !isNamespaceTerminating(failure)) throw failure
  return nextLook(set, view)
}

/** Undefined when the name was taken: the count of collisions was raised, which wakes us again. */
async function updateRevision(
  { set, deps, signal }: Pass,
  revisions: readonly ControllerRevision[],
): Promise<ControllerRevision | undefined> {
  const planned = planRevision(set, statefulsets, revisions)
  try {
    return await ensureRevision(deps, { owner: set, plan: planned }, signal)
  } catch (error) {
    if (!(error instanceof RevisionCollision)) throw error
    const collisionCount = (set.status?.collisionCount ?? 0) + 1
    const status = { replicas: 0, ...set.status, collisionCount }
    const client = deps.client.in(statefulsets, set.metadata.namespace ?? '')
    await unlessGone(client.update({ ...set, status }, { subresource: 'status', signal }))
    return undefined
  }
}

/** The templates of revisions, by name: a revision is a patch that replaces the template. */
function templatesOf(
  set: StatefulSet,
  revisions: readonly ControllerRevision[],
): ReadonlyMap<string, PodTemplateSpec> {
  return new Map(
    revisions.map(({ metadata, data }) => {
      const { template } = (data as { spec?: { template?: PodTemplateSpec } }).spec ?? {}
      const { $patch: _, ...plain } = { $patch: undefined, ...(template ?? set.spec.template) }
      return [metadata.name, plain]
    }),
  )
}

/** Takes the planned steps until one fails; returns the failure. */
async function act(
  { key, set, deps, signal }: Pass,
  view: StatefulView,
  templates: ReadonlyMap<string, PodTemplateSpec>,
): Promise<unknown> {
  const steps = plan(set, view)
  const taken = steps.map((step) => take(deps, step, { key, set, templates, signal }))
  const results = await Promise.allSettled(taken)
  return results.find((result) => result.status === 'rejected')?.reason
}

async function writeStatus({ set, deps, signal }: Pass, view: StatefulView): Promise<void> {
  const status = statusOf(set, view)
  if (sameStatus(set.status, status)) return
  const client = deps.client.in(statefulsets, set.metadata.namespace ?? '')
  await unlessGone(client.update({ ...set, status }, { subresource: 'status', signal }))
}

function nextLook({ spec }: StatefulSet, { pods: owned, nowMs }: StatefulView): Outcome {
  const minReadySeconds = spec.minReadySeconds ?? 0
  if (minReadySeconds === 0) return done
  const waitMs = nextAvailableMs(owned, { minReadySeconds, nowMs })
  return waitMs === undefined ? done : { retryAfterMs: waitMs }
}
