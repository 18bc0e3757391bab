/**
 * Rolls a Deployment's template out: a ReplicaSet for each template, and their sizes moved step by step
 * from the old ones to the new. Each pass plans one step on the copies at hand, acts, and writes the
 * status at most once.
 * Upstream: pkg/controller/deployment/deployment_controller.go at v1.36.
 */
import type { Deployment, DeploymentStatus, ReplicaSet } from '#api/apps/v1.gen.ts'
import type { Pod } from '#api/core/v1.gen.ts'
import { controllerOf } from '#api/meta/owners.ts'
import { isPodTerminal } from '#api/meta/pods.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { deployments, pods, replicasets } from '#api/resources.gen.ts'
import type { Outcome } from '#controllers/controller.ts'
import { defineController, done } from '#controllers/controller.ts'
import { equal, sameStatus } from '#controllers/equal.ts'
import { claim, indexByController, ownedBy } from '#controllers/ownership.ts'
import { PendingWrites, unsettled } from '#controllers/pending-writes.ts'
import { referenceOf } from '#controllers/pod-control.ts'
import { wakeAdopters } from '#controllers/adopters.ts'
import { unlessGone } from '#controllers/writes.ts'
import { isRollingUpdate } from './bounds.ts'
import { isScalingEvent, planCleanup, planRecreate, planRollingUpdate, planScale } from './plan.ts'
import type { Family } from './replica-sets.ts'
import { familyOf } from './replica-sets.ts'
import {
  countStatus,
  deadlineCheckMs,
  isComplete,
  pauseCondition,
  rolloutStatus,
  setCondition,
} from './status.ts'
import { ensureNewest, refreshNewest, scaleAll } from './step.ts'
import type { DeploymentDeps, Step } from './step.ts'

export const deploymentController = defineController<DeploymentDeps>({
  name: 'deployment-controller',
  primary: deployments,
  owns: [replicasets],
  watches: [
    {
      type: replicasets,
      keys: (replicaSet, deps) => wakeAdopters(replicaSet, deps.deployments.store),
    },
    {
      type: pods,
      keys: (pod, deps, other) => (other === undefined ? wakeRecreate(pod, deps) : []),
    },
  ],
  writes: ['apps/replicasets', 'apps/deployments/status'],
  workersMax: 5,

  open({ client, clock, recorder, informer }) {
    const [deploymentInformer, podInformer] = [informer(deployments), informer(pods)]
    const replicaSets = informer(replicasets)
    indexByController(replicaSets)
    indexByController(podInformer)
    const pending = new PendingWrites(replicaSets, clock)
    return {
      client,
      clock,
      recorder,
      deployments: deploymentInformer,
      replicaSets,
      pods: podInformer,
      pending,
    }
  },

  async reconcile(key, deps, signal) {
    const deployment = deps.deployments.store.get(key)
    if (deployment === undefined) {
      deps.pending.forget(key)
      return done
    }
    if (!deps.pending.settled(key)) return unsettled
    return await rollOut({ key, deployment, draft: deployment, deps, signal })
  },
})

/** Recreate waits until the last old pod is gone. */
function wakeRecreate(pod: ApiObject, deps: DeploymentDeps): readonly string[] {
  const owner = controllerOf(pod)
  if (owner?.kind !== 'ReplicaSet') return []
  const { namespace = '' } = pod.metadata
  const replicaSet = deps.replicaSets.store.get(`${namespace}/${owner.name}`)
  const name = replicaSet === undefined ? undefined : controllerOf(replicaSet)?.name
  const deployment = deps.deployments.store.get(`${namespace}/${name ?? ''}`)
  if (deployment === undefined || isRollingUpdate(deployment)) return []
  return [`${namespace}/${deployment.metadata.name}`]
}

async function rollOut(step: Step): Promise<Outcome> {
  const { deployment, deps, signal } = step
  if (selectsAll(deployment)) return await refuse(step)
  const { client } = deps
  const replicaSets = await claim(
    { client, informer: deps.replicaSets, type: replicasets, ownerType: deployments },
    deployment,
    signal,
  )
  const family = familyOf(deployment, replicaSets)
  if (deployment.metadata.deletionTimestamp !== undefined) {
    return await writeStatus(step, countStatus(deployment, family, deps.clock.nowMs()))
  }
  const paused = pauseCondition(deployment, deps.clock.nowMs())
  if (paused !== undefined) {
    const conditions = setCondition(deployment.status?.conditions, paused)
    step.draft = { ...deployment, status: { ...deployment.status, conditions } }
  }
  if (deployment.spec.paused === true || isScalingEvent(deployment, replicaSets)) {
    return await resize(step, family)
  }
  return isRollingUpdate(deployment)
    ? await rollingUpdate(step, family)
    : await recreate(step, family)
}

function selectsAll({ spec }: Deployment): boolean {
  const { matchLabels = {}, matchExpressions = [] } = spec.selector
  return Object.keys(matchLabels).length + matchExpressions.length === 0
}

async function refuse(step: Step): Promise<Outcome> {
  const { deployment, deps } = step
  const text = 'This deployment is selecting all pods. A non-empty selector is required.'
  deps.recorder.event(referenceOf(deployments, deployment), 'Warning', 'SelectingAll', text)
  const { generation } = deployment.metadata
  const observedGeneration = generation === undefined ? {} : { observedGeneration: generation }
  return await writeStatus(step, { ...deployment.status, ...observedGeneration })
}

/** Another size or a pause: no new template now. */
async function resize(step: Step, before: Family): Promise<Outcome> {
  const { deployment, deps } = step
  const refreshed = await refreshNewest(step, before)
  const after = await scaleAll(step, refreshed, planScale(deployment, refreshed))
  if (deployment.spec.paused === true) await cleanUp(step, after)
  return await writeStatus(step, countStatus(step.draft, after, deps.clock.nowMs()))
}

async function rollingUpdate(step: Step, before: Family): Promise<Outcome> {
  const { newest, old } = await ensureNewest(step, before)
  const plan = planRollingUpdate(step.deployment, newest, old)
  return await finish(step, await scaleAll(step, { newest, old }, plan), plan.length === 0)
}

async function recreate(step: Step, before: Family): Promise<Outcome> {
  const refreshed = await refreshNewest(step, before)
  const down = planRecreate(refreshed.old)
  if (down.length > 0) return await finish(step, await scaleAll(step, refreshed, down), false)
  if (hasOldPods(step.deps, refreshed.old)) return await finish(step, refreshed, false)
  const family = await ensureNewest(step, refreshed)
  const replicas = step.deployment.spec.replicas ?? 1
  const up = [{ replicaSet: family.newest, replicas }]
  return await finish(step, await scaleAll(step, family, up), true)
}

/** Pods that still run, or end, must be gone before the new ones start. */
function hasOldPods({ pods: informer }: DeploymentDeps, old: readonly ReplicaSet[]): boolean {
  return old.some(
    (replicaSet) =>
      (replicaSet.status?.replicas ?? 0) > 0 ||
      ownedBy(informer, replicaSet).some((pod: Pod) => !isPodTerminal(pod)),
  )
}

async function finish(step: Step, family: Family, isSettled: boolean): Promise<Outcome> {
  const { deployment, draft, deps } = step
  if (isSettled && isComplete(deployment, deployment.status ?? {})) await cleanUp(step, family)
  const nowMs = deps.clock.nowMs()
  const status = rolloutStatus(draft, family, nowMs)
  await writeStatus(step, status)
  const waitMs = deadlineCheckMs(deployment, status, nowMs)
  return waitMs === undefined ? done : { retryAfterMs: waitMs }
}

async function cleanUp({ deployment, deps, signal }: Step, { old }: Family): Promise<void> {
  for (const { metadata } of planCleanup(deployment, old)) {
    const { name, uid, namespace = '' } = metadata
    const replicaSets = deps.client.in(replicasets, namespace)
    await unlessGone(replicaSets.delete(name, { preconditions: { uid }, signal }))
  }
}

/** One write for everything that this pass changed: counts, conditions, the revision. */
async function writeStatus(
  { deployment, draft, deps, signal }: Step,
  status: DeploymentStatus,
): Promise<Outcome> {
  const isSameRevision = equal(deployment.metadata.annotations, draft.metadata.annotations)
  if (isSameRevision && sameStatus(deployment.status, status)) return done
  const { namespace = '' } = deployment.metadata
  const next = { ...draft, status }
  await unlessGone(
    deps.client.in(deployments, namespace).update(next, { subresource: 'status', signal }),
  )
  return done
}
