/**
 * Runs pods to completion and counts how they ended, each exactly once.
 * Upstream: pkg/controller/job/job_controller.go at v1.36.
 */
import type { Job } from '#api/batch/v1.gen.ts'
import type { Pod } from '#api/core/v1.gen.ts'
import { controllerOf } from '#api/meta/owners.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import { jobs, pods } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { StartedInformer } from '#client/start-informer.ts'
import { wakeAdopters } from '#controllers/adopters.ts'
import type { Outcome } from '#controllers/controller.ts'
import { defineController, done } from '#controllers/controller.ts'
import { sameStatus } from '#controllers/equal.ts'
import type { Claimer } from '#controllers/ownership.ts'
import { claim, indexByController } from '#controllers/ownership.ts'
import { PendingWrites, unsettled } from '#controllers/pending-writes.ts'
import type { PodControl } from '#controllers/pod-control.ts'
import { createPod, deletePod, referenceOf } from '#controllers/pod-control.ts'
import { slowStart } from '#controllers/slow-start.ts'
import { isNamespaceTerminating, unlessGone } from '#controllers/writes.ts'
import { JobBackoff } from './backoff.ts'
import type { Ending, PodPlan, Tally } from './plan.ts'
import { deadlineMs, endingOf, failuresOf, planPods, tally } from './plan.ts'
import { isTracked, jobPod, trackingFinalizer } from './pods.ts'
import type { NamingInput, StatusInput } from './status.ts'
import { countingStatus, isFinished, namingStatus } from './status.ts'

interface Deps extends PodControl {
  readonly clock: Clock
  readonly jobs: StartedInformer<Job>
  readonly pods: StartedInformer<Pod>
  readonly pendingPods: PendingWrites<Pod>
  readonly pendingJobs: PendingWrites<Job>
  readonly backoff: JobBackoff
}

type OwnedJob = Job & { readonly spec: NonNullable<Job['spec']> }

const jobIndex = 'job'
const managedByUs = 'kubernetes.io/job-controller'

export const jobController = defineController<Deps>({
  name: 'job-controller',
  primary: jobs,
  watches: [
    { type: pods, keys: (pod, deps) => wakeAdopters(pod, deps.jobs.store) },
    // Of Jobs that are gone, too: their pods must not be held back.
    { type: pods, keys: jobKeyOf },
  ],
  writes: ['pods', 'batch/jobs/status'],
  workersMax: 5,

  open({ client, clock, recorder, informer }) {
    const [jobInformer, podInformer] = [informer(jobs), informer(pods)]
    indexByController(podInformer)
    podInformer.addIndex(jobIndex, jobKeyOf)
    return {
      client,
      clock,
      recorder,
      ownerType: jobs,
      jobs: jobInformer,
      pods: podInformer,
      pendingPods: new PendingWrites(podInformer, clock),
      pendingJobs: new PendingWrites(jobInformer, clock),
      backoff: new JobBackoff(),
    }
  },

  async reconcile(key, deps, signal) {
    const job = deps.jobs.store.get(key)
    await releaseOrphans(key, job, { deps, signal })
    if (job?.spec === undefined) {
      deps.pendingPods.forget(key)
      deps.pendingJobs.forget(key)
      deps.backoff.forget(key)
      return done
    }
    const { managedBy } = job.spec
    if (managedBy !== undefined && managedBy !== managedByUs) return done
    if (isFinished(job)) return done
    if (!deps.pendingPods.settled(key) || !deps.pendingJobs.settled(key)) return unsettled
    return await sync({ key, job: job as OwnedJob, deps, signal })
  },
})

function jobKeyOf(pod: ApiObject): readonly string[] {
  const owner = controllerOf(pod)
  return owner?.kind === jobs.kind ? [`${pod.metadata.namespace}/${owner.name}`] : []
}

interface Pass {
  readonly key: string
  readonly job: OwnedJob
  readonly deps: Deps
  readonly signal: AbortSignal
}

/** Pods whose Job is gone or over are held by nobody. Upstream: syncOrphanPod. */
async function releaseOrphans(
  key: string,
  job: Job | undefined,
  { deps, signal }: Pick<Pass, 'deps' | 'signal'>,
): Promise<void> {
  for (const pod of deps.pods.store.byIndex(jobIndex, key)) {
    if (!isTracked(pod)) continue
    const isOurs = controllerOf(pod)?.uid === job?.metadata.uid
    const isOver = job !== undefined && isFinished(job)
    if (isOurs && !isOver && job?.metadata.deletionTimestamp === undefined) continue
    await removeFinalizer(pod, { key, deps, signal })
  }
}

async function removeFinalizer(
  pod: Pod,
  { key, deps, signal }: Pick<Pass, 'key' | 'deps' | 'signal'>,
): Promise<void> {
  const { name, namespace = '', uid, resourceVersion } = pod.metadata
  const finalizers = pod.metadata.finalizers?.filter((each) => each !== trackingFinalizer)
  const patch = { metadata: { uid, resourceVersion, finalizers } }
  const client = deps.client.in(pods, namespace)
  await unlessGone(client.patch(name, 'merge', patch, { signal }))
  deps.pendingPods.until(key, pod, (current) => !isTracked(current))
}

async function sync(pass: Pass): Promise<Outcome> {
  const { key, job, deps, signal } = pass
  if (job.metadata.deletionTimestamp !== undefined) return done
  const claimer: Claimer<Pod> = {
    client: deps.client,
    informer: deps.pods,
    type: pods,
    ownerType: jobs as ResourceType,
  }
  const owned = await claim(claimer, job, signal)
  const nowMs = deps.clock.nowMs()
  const found = tally(job, owned)
  const ending = endingOf(job, found, owned, nowMs)
  const named = await nameEnded(pass, { found, ending, nowMs })
  if (named === undefined) return done
  deps.backoff.note(key, { succeeded: found.newSucceeded, failed: found.newFailed }, nowMs)
  const plan = ending === undefined ? planPods(job, found, owned) : stop(found)
  const waitMs = plan.create.length > 0 ? deps.backoff.waitMs(key, nowMs) : 0
  const due = waitMs > 0 ? { ...plan, create: [] } : plan
  const input = inputOf(found, { plan: due, ending, nowMs })
  await release(pass, found, owned)
  const { created, failure } = await act(pass, due, owned)
  await count(pass, named, { ...input, active: input.active - due.create.length + created })
  if (failure !== undefined && !isNamespaceTerminating(failure)) throw failure
  return nextLook(named, waitMs, nowMs)
}

/** A Job that is over keeps no pod running. */
function stop(found: Tally): PodPlan {
  return { create: [], remove: found.active }
}

function inputOf(
  found: Tally,
  { plan, ending, nowMs }: { plan: PodPlan; ending: Ending | undefined; nowMs: number },
): StatusInput {
  const { length: removed } = plan.remove
  const active = found.active.length - removed + plan.create.length
  return {
    found,
    ending,
    active,
    terminating: found.terminating + removed,
    ready: Math.min(found.ready, active),
    nowMs,
  }
}

/** Writes down which pods ended, if any did. Returns the Job as it is then; undefined: it is gone. */
async function nameEnded(pass: Pass, input: NamingInput): Promise<OwnedJob | undefined> {
  const { job } = pass
  const { newSucceeded, newFailed } = input.found
  const named = { ...job, status: namingStatus(job, input) }
  if (newSucceeded.length + newFailed.length === 0) return named
  return await writeStatus(pass, named)
}

async function writeStatus(pass: Pass, job: OwnedJob): Promise<OwnedJob | undefined> {
  const { key, deps, signal } = pass
  const client = deps.client.in(jobs, job.metadata.namespace ?? '')
  const written = await unlessGone(client.update(job, { subresource: 'status', signal }))
  if (written !== undefined) deps.pendingJobs.wrote(key, written)
  return written as OwnedJob | undefined
}

/** Lets go of every pod that is named now or was before. */
async function release(pass: Pass, found: Tally, owned: readonly Pod[]): Promise<void> {
  const { succeeded = [], failed = [] } = pass.job.status?.uncountedTerminatedPods ?? {}
  const before = new Set([...succeeded, ...failed])
  const again = owned.filter((pod) => before.has(pod.metadata.uid) && isTracked(pod))
  const all = [...found.newSucceeded, ...found.newFailed, ...again]
  await Promise.all(all.map((pod) => removeFinalizer(pod, pass)))
}

async function act(
  { key, job, deps, signal }: Pass,
  plan: PodPlan,
  owned: readonly Pod[],
): Promise<{ readonly created: number; readonly failure: unknown }> {
  await Promise.all(
    plan.remove.map(async (pod) => {
      await deletePod(deps, { owner: job, pod, signal })
      deps.pendingPods.deleted(key, pod)
    }),
  )
  const queue = [...plan.create]
  const { succeeded, failure } = await slowStart(plan.create.length, async () => {
    const index = queue.shift()
    const pod = jobPod(job, index, failuresOf(job, owned, index))
    deps.pendingPods.wrote(key, await createPod(deps, { owner: job, pod, signal }))
  })
  return { created: succeeded, failure }
}

async function count(pass: Pass, named: OwnedJob, input: StatusInput): Promise<void> {
  const status = countingStatus(named, named.status ?? {}, input)
  if (sameStatus(pass.job.status, status)) return
  await writeStatus(pass, { ...named, status })
  tell(pass, { ...named, status })
}

function tell({ job, deps }: Pass, next: Job): void {
  const reference = referenceOf(jobs, job)
  const prior = new Map(job.status?.conditions?.map(({ type, status }) => [type, status]))
  for (const { type, status, reason = '', message = '' } of next.status?.conditions ?? []) {
    if (prior.get(type) === status) continue
    const { recorder } = deps
    if (type === 'Complete') recorder.event(reference, 'Normal', 'Completed', 'Job completed')
    else if (type === 'Failed') recorder.event(reference, 'Warning', reason, message)
    else if (type === 'Suspended') {
      const word = status === 'True' ? 'Suspended' : 'Resumed'
      recorder.event(reference, 'Normal', word, message)
    }
  }
}

function nextLook(job: Job, waitMs: number, nowMs: number): Outcome {
  const deadline = deadlineMs(job)
  const leftMs = deadline === undefined ? Infinity : Math.max(0, deadline - nowMs)
  const nextMs = Math.min(leftMs, waitMs > 0 ? waitMs : Infinity)
  return nextMs === Infinity ? done : { retryAfterMs: nextMs }
}
