/**
 * Starts Jobs on a schedule.
 * Upstream: pkg/controller/cronjob/cronjob_controllerv2.go at v1.36.
 */
import type { CronJob, CronJobStatus, Job } from '#api/batch/v1.gen.ts'
import type { ObjectReference } from '#api/core/v1.gen.ts'
import { isControlledBy } from '#api/meta/owners.ts'
import { isStatus } from '#api/meta/status.ts'
import { cronjobs, jobs } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import { timestamp } from '#base/clock.ts'
import type { Client } from '#client/client.ts'
import type { EventRecorder } from '#client/events.ts'
import { referenceTo } from '#client/events.ts'
import type { StartedInformer } from '#client/start-informer.ts'
import type { Outcome } from '#controllers/controller.ts'
import { defineController, done } from '#controllers/controller.ts'
import { sameStatus } from '#controllers/equal.ts'
import { indexByController, ownedBy } from '#controllers/ownership.ts'
import { PendingWrites, unsettled } from '#controllers/pending-writes.ts'
import { referenceOf } from '#controllers/pod-control.ts'
import { isNamespaceTerminating, unlessGone } from '#controllers/writes.ts'
import type { Due } from './plan.ts'
import { dueTime, endOf, inZone, jobAt, jobNameAt, planHistory } from './plan.ts'
import type { Schedule } from './schedule.ts'
import { parseSchedule } from './schedule.ts'

interface Deps {
  readonly client: Client
  readonly clock: Clock
  readonly recorder: EventRecorder
  readonly cronJobs: StartedInformer<CronJob>
  readonly jobs: StartedInformer<Job>
  readonly pendingJobs: PendingWrites<Job>
  readonly pendingCronJobs: PendingWrites<CronJob>
}

export const cronJobController = defineController<Deps>({
  name: 'cronjob-controller',
  primary: cronjobs,
  owns: [jobs],
  writes: ['batch/jobs', 'batch/cronjobs/status'],
  workersMax: 5,

  open({ client, clock, recorder, informer }) {
    const [cronJobs, jobInformer] = [informer(cronjobs), informer(jobs)]
    indexByController(jobInformer)
    return {
      client,
      clock,
      recorder,
      cronJobs,
      jobs: jobInformer,
      pendingJobs: new PendingWrites(jobInformer, clock),
      pendingCronJobs: new PendingWrites(cronJobs, clock),
    }
  },

  async reconcile(key, deps, signal) {
    const cronJob = deps.cronJobs.store.get(key)
    if (cronJob === undefined) {
      deps.pendingJobs.forget(key)
      deps.pendingCronJobs.forget(key)
      return done
    }
    if (!deps.pendingJobs.settled(key) || !deps.pendingCronJobs.settled(key)) return unsettled
    return await sync({ key, cronJob, status: { ...cronJob.status }, deps, signal })
  },
})

interface Pass {
  readonly key: string
  readonly cronJob: CronJob
  /** As it will be written at the end. */
  status: CronJobStatus
  readonly deps: Deps
  readonly signal: AbortSignal
}

async function sync(pass: Pass): Promise<Outcome> {
  const { key, cronJob, deps, signal } = pass
  const owned = ownedBy(deps.jobs, cronJob)
  const surplus = planHistory(cronJob, owned)
  for (const job of surplus) await deleteJob(pass, job)
  follow(pass, owned)
  let outcome: Outcome = done
  let failure: unknown
  try {
    outcome = await startDue(pass, owned)
  } catch (error) {
    failure = error
  }
  if (!sameStatus(cronJob.status, pass.status)) {
    const client = deps.client.in(cronjobs, cronJob.metadata.namespace ?? '')
    const next = { ...cronJob, status: pass.status }
    const written = await unlessGone(client.update(next, { subresource: 'status', signal }))
    if (written !== undefined) deps.pendingCronJobs.wrote(key, written)
  }
  if (failure !== undefined && !isNamespaceTerminating(failure)) throw failure
  return outcome
}

type Tell = (type: 'Normal' | 'Warning', reason: string, message: string) => void

function teller({ cronJob, deps }: Pass): Tell {
  const reference = referenceOf(cronjobs, cronJob)
  return (type, reason, message) => deps.recorder.event(reference, type, reason, message)
}

/** Brings the list of running Jobs up to date. */
function follow(pass: Pass, owned: readonly Job[]): void {
  const tell = teller(pass)
  const active = new Map((pass.status.active ?? []).map((each) => [each.uid ?? '', each]))
  let lastSuccess = pass.status.lastSuccessfulTime
  const present = new Set(owned.map(({ metadata }) => metadata.uid))
  for (const job of owned) {
    const end = endOf(job)
    const { name, uid } = job.metadata
    if (end === undefined && !active.has(uid)) {
      tell(
        'Warning',
        'UnexpectedJob',
        `Saw a job that the controller did not create or forgot: ${name}`,
      )
    }
    if (end !== undefined && active.delete(uid)) {
      tell('Normal', 'SawCompletedJob', `Saw completed job: ${name}, condition: ${end}`)
    }
    const { completionTime } = job.status ?? {}
    if (end !== 'Complete' || completionTime === undefined) continue
    if (lastSuccess === undefined || completionTime > lastSuccess) lastSuccess = completionTime
  }
  for (const [uid, { name }] of active) {
    if (present.has(uid)) continue
    tell('Normal', 'MissingJob', `Active job went missing: ${name}`)
    active.delete(uid)
  }
  pass.status = {
    ...pass.status,
    active: [...active.values()],
    ...(lastSuccess === undefined ? {} : { lastSuccessfulTime: lastSuccess }),
  }
}

async function startDue(pass: Pass, owned: readonly Job[]): Promise<Outcome> {
  const { cronJob, deps } = pass
  const { metadata, spec } = cronJob
  if (metadata.deletionTimestamp !== undefined || spec.suspend === true) return done
  const schedule = scheduleOf(pass)
  if (schedule === undefined) return done
  const nowMs = deps.clock.nowMs()
  const due = dueTime(cronJob, schedule, nowMs)
  const again: Outcome = due.nextMs === undefined ? done : { retryAfterMs: due.nextMs - nowMs }
  if (due.tooManyMissed) {
    const text =
      'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew'
    teller(pass)('Warning', 'TooManyMissedTimes', text)
  }
  if (due.atMs === undefined || !mayStart(pass, due.atMs)) return again
  if (spec.concurrencyPolicy === 'Replace') await stopActive(pass, owned)
  await start(pass, due)
  return again
}

/** Undefined, and told about, when the schedule or its zone cannot be read. */
function scheduleOf(pass: Pass): Schedule | undefined {
  const { schedule, timeZone } = pass.cronJob.spec
  try {
    if (timeZone !== undefined) inZone(0, timeZone)
  } catch (error) {
    const text = `invalid timeZone: "${timeZone}": ${(error as Error).message}`
    teller(pass)('Warning', 'UnknownTimeZone', text)
    return undefined
  }
  try {
    return parseSchedule(schedule, timeZone)
  } catch (error) {
    const text = `unparseable schedule: "${schedule}" : ${(error as Error).message}`
    teller(pass)('Warning', 'UnparseableSchedule', text)
    return undefined
  }
}

function mayStart(pass: Pass, atMs: number): boolean {
  const { cronJob, status, deps } = pass
  const { startingDeadlineSeconds, concurrencyPolicy } = cronJob.spec
  const nowMs = deps.clock.nowMs()
  if (startingDeadlineSeconds !== undefined && atMs + startingDeadlineSeconds * 1000 < nowMs) {
    const text = `Missed scheduled time to start a job: ${new Date(atMs).toUTCString()}`
    teller(pass)('Warning', 'MissSchedule', text)
    return false
  }
  const name = jobNameAt(cronJob, atMs)
  const active = status.active ?? []
  if (active.some((each) => each.name === name)) return false
  if (status.lastScheduleTime === timestamp(atMs)) return false
  if (concurrencyPolicy === 'Forbid' && active.length > 0) {
    const text =
      'Not starting job because prior execution is running and concurrency policy is Forbid'
    teller(pass)('Normal', 'JobAlreadyActive', text)
    return false
  }
  return true
}

async function stopActive(pass: Pass, owned: readonly Job[]): Promise<void> {
  for (const { uid } of pass.status.active ?? []) {
    const job = owned.find(({ metadata }) => metadata.uid === uid)
    if (job !== undefined) await deleteJob(pass, job)
  }
}

async function deleteJob(pass: Pass, { metadata }: Job): Promise<void> {
  const { key, deps, signal } = pass
  const { name, namespace = '', uid } = metadata
  const options = { propagationPolicy: 'Background', preconditions: { uid }, signal }
  await unlessGone(deps.client.in(jobs, namespace).delete(name, options))
  deps.pendingJobs.deleted(key, { metadata })
  const active = (pass.status.active ?? []).filter((each) => each.uid !== uid)
  pass.status = { ...pass.status, active }
  teller(pass)('Normal', 'SuccessfulDelete', `Deleted job ${name}`)
}

async function start(pass: Pass, { atMs = 0 }: Due): Promise<void> {
  const { key, cronJob, deps, signal } = pass
  const client = deps.client.in(jobs, cronJob.metadata.namespace ?? '')
  const draft = jobAt(cronJob, atMs)
  let job: Job
  try {
    job = await client.create(draft, { signal })
    teller(pass)('Normal', 'SuccessfulCreate', `Created job ${job.metadata.name}`)
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) {
      const text = `Error creating job: ${(error as Error).message}`
      if (!isNamespaceTerminating(error)) teller(pass)('Warning', 'FailedCreate', text)
      throw error
    }
    job = await client.get(draft.metadata?.name ?? '', { signal })
    // Ours from an earlier pass whose status was not written; anybody else's blocks the name.
    if (!isControlledBy(job, cronJob)) throw error
  }
  deps.pendingJobs.wrote(key, job)
  const active = endOf(job) === undefined ? [reference(job)] : []
  pass.status = {
    ...pass.status,
    active: [...(pass.status.active ?? []), ...active],
    lastScheduleTime: timestamp(atMs),
  }
}

function reference(job: Job): ObjectReference {
  return referenceTo({ ...job, kind: jobs.kind, apiVersion: 'batch/v1' })
}
