/**
 * A Job's status, written in an order that never loses a count: first the names of the pods that ended,
 * then, once their finalizers are gone, their number.
 * Upstream: pkg/controller/job/job_controller.go, trackJobStatusAndRemoveFinalizers, at v1.36.
 */
import type { Job, JobCondition, JobStatus } from '#api/batch/v1.gen.ts'
import { findCondition, withCondition } from '#api/meta/conditions.ts'
import { timestamp } from '#base/clock.ts'
import { formatIndexes } from './indexes.ts'
import type { Ending, Tally } from './plan.ts'
import { isIndexed } from './pods.ts'

export function isFinished({ status }: Job): boolean {
  return ['Complete', 'Failed'].some(
    (type) => findCondition(status?.conditions, type)?.status === 'True',
  )
}

export interface NamingInput {
  readonly found: Tally
  readonly ending: Ending | undefined
  readonly nowMs: number
}

export interface StatusInput extends NamingInput {
  /** Pods that will be there after this pass, less those that were removed. */
  readonly active: number
  readonly terminating: number
  readonly ready: number
}

/** The status before finalizers are removed: the ended pods by name, and an announced ending. */
export function namingStatus(job: Job, { found, ending, nowMs }: NamingInput): JobStatus {
  const status = job.status ?? {}
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  const uids = (pods: Tally['newFailed']) => pods.map(({ metadata }) => metadata.uid)
  const indexed = job.spec !== undefined && isIndexed(job.spec)
  const counted = found.newFailed.filter(({ metadata }) => !found.ignored.has(metadata.uid))
  return {
    ...status,
    // Indexes say which pods succeeded: they need no names.
    uncountedTerminatedPods: {
      succeeded: indexed ? succeeded : [...succeeded, ...uids(found.newSucceeded)],
      failed: [...failed, ...uids(counted)],
    },
    ...(indexed ? { succeeded: found.succeeded, ...indexesOf(job, found) } : {}),
    ...startOf(job, nowMs),
    conditions: interim(job, ending, nowMs),
  }
}

function indexesOf({ spec }: Job, found: Tally): Partial<JobStatus> {
  const completed = formatIndexes(found.completed)
  return {
    ...(completed === '' ? {} : { completedIndexes: completed }),
    ...(spec?.backoffLimitPerIndex === undefined
      ? {}
      : { failedIndexes: formatIndexes(found.failedIndexes) }),
  }
}

/** The clock of a Job starts when it is first not suspended, and again when it is resumed. */
function startOf({ spec, status }: Job, nowMs: number): Partial<JobStatus> {
  if (spec?.suspend === true) return {}
  const resumed = findCondition(status?.conditions, 'Suspended')?.status === 'True'
  return status?.startTime === undefined || resumed ? { startTime: timestamp(nowMs) } : {}
}

function interim(job: Job, ending: Ending | undefined, nowMs: number): JobCondition[] {
  const prior = suspension(job, ending, nowMs)
  if (ending === undefined) return prior
  const type = ending.type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget'
  if (findCondition(prior, type)?.status === 'True') return prior
  return withCondition(prior, condition(type, 'True', { ...ending, nowMs }))
}

/** Upstream: ensureJobConditionStatus for JobSuspended. */
function suspension(job: Job, ending: Ending | undefined, nowMs: number): JobCondition[] {
  const prior = job.status?.conditions ?? []
  const isSaid = findCondition(prior, 'Suspended')?.status === 'True'
  const isSuspended = job.spec?.suspend === true
  if (ending !== undefined || isSaid === isSuspended) return prior
  const words = isSuspended
    ? { reason: 'JobSuspended', message: 'Job suspended', nowMs }
    : { reason: 'JobResumed', message: 'Job resumed', nowMs }
  return withCondition(prior, condition('Suspended', isSuspended ? 'True' : 'False', words))
}

function condition(
  type: string,
  status: 'True' | 'False',
  { reason, message, nowMs }: { reason: string; message: string; nowMs: number },
): JobCondition {
  const now = timestamp(nowMs)
  return { type, status, lastProbeTime: now, lastTransitionTime: now, reason, message }
}

/** The status after finalizers were removed from all that `named` names: numbers instead of names. */
export function countingStatus(job: Job, named: JobStatus, input: StatusInput): JobStatus {
  const { found, ending, active, terminating, ready, nowMs } = input
  const indexed = job.spec !== undefined && isIndexed(job.spec)
  const { uncountedTerminatedPods: _, ...rest } = named
  const status: JobStatus = {
    ...rest,
    active,
    ready,
    terminating,
    ...(indexed ? {} : { succeeded: found.succeeded }),
    failed: found.failed,
    uncountedTerminatedPods: {},
  }
  // The end is only the end when nothing runs any more.
  if (ending === undefined || active > 0 || terminating > 0) return status
  const type = ending.type
  const conditions = withCondition(status.conditions, condition(type, 'True', { ...ending, nowMs }))
  const completionTime = type === 'Complete' ? { completionTime: timestamp(nowMs) } : {}
  const startTime = status.startTime ?? timestamp(nowMs)
  return { ...status, ready: 0, startTime, conditions, ...completionTime }
}
