/**
 * What a Job's pods amount to, whether the Job is over, and which pods to make or remove.
 * Upstream: pkg/controller/job/job_controller.go, syncJob and manageJob, at v1.36.
 */
import type { Job, JobSpec, JobStatus } from '#api/batch/v1.gen.ts'
import type { Pod } from '#api/core/v1.gen.ts'
import { findCondition } from '#api/meta/conditions.ts'
import { isPodActive, isPodReady } from '#api/meta/pods.ts'
import { isPodTerminating } from '#controllers/pods.ts'
import { inDeletionOrder } from '#controllers/replica-set/ranking.ts'
import type { Indexes } from './indexes.ts'
import { countIndexes, firstFree, hasIndex, parseIndexes, withIndexes } from './indexes.ts'
import {
  hasFailed,
  hasSucceeded,
  indexFailures,
  indexOf,
  isIndexed,
  isTracked,
  replacesOnlyFailed,
  restartsOf,
} from './pods.ts'
import { judgeFailure, successMatch } from './policies.ts'

/** Upstream: MaxPodCreateDeletePerSync. */
export const podsPerPassMax = 500

/** What the pods amount to. */
export interface Tally {
  /** Ended, and not in the status yet. */
  readonly newSucceeded: readonly Pod[]
  readonly newFailed: readonly Pod[]
  /** Of the failed ones, those that a policy says are no failure. */
  readonly ignored: ReadonlySet<string>
  /** All that ever succeeded and failed. */
  readonly succeeded: number
  readonly failed: number
  readonly completed: Indexes
  readonly failedIndexes: Indexes
  readonly active: readonly Pod[]
  readonly ready: number
  readonly terminating: number
  /** A failure that a policy says ends the Job. */
  readonly fatal: string | undefined
}

export function tally(job: Job, pods: readonly Pod[]): Tally {
  const { spec, status = {} } = withSpec(job)
  const { succeeded: countedS = [], failed: countedF = [] } = status.uncountedTerminatedPods ?? {}
  const counted = new Set([...countedS, ...countedF])
  const news = pods.filter((pod) => isTracked(pod) && !counted.has(pod.metadata.uid))
  const newSucceeded = news.filter(hasSucceeded)
  const newFailed = news.filter((pod) => !hasSucceeded(pod) && hasFailed(spec, pod))
  const verdicts = newFailed.map((pod) => ({ pod, verdict: judgeFailure(spec, pod) }))
  const ignored = verdicts.filter(({ verdict }) => verdict.action === 'Ignore')
  const fatal = verdicts.flatMap(({ verdict }) =>
    verdict.action === 'FailJob' ? verdict.message : [],
  )[0]
  const completions = spec.completions ?? 0
  const completed = withIndexes(
    parseIndexes(status.completedIndexes, completions),
    newSucceeded.flatMap((pod) => validIndex(pod, completions)),
  )
  const failedNow = verdicts
    .filter(({ pod, verdict }) => isIndexOver(spec, pod, verdict.action))
    .flatMap(({ pod }) => validIndex(pod, completions))
    .filter((index) => !hasIndex(completed, index))
  const active = pods.filter((pod) => isPodActive(pod))
  return {
    newSucceeded,
    newFailed,
    ignored: new Set(ignored.map(({ pod }) => pod.metadata.uid)),
    succeeded: isIndexed(spec)
      ? countIndexes(completed)
      : (status.succeeded ?? 0) + countedS.length + newSucceeded.length,
    failed: (status.failed ?? 0) + countedF.length + newFailed.length - ignored.length,
    completed,
    failedIndexes: withIndexes(parseIndexes(status.failedIndexes, completions), failedNow),
    active,
    ready: active.filter(isPodReady).length,
    terminating: pods.filter(isPodTerminating).length,
    fatal,
  }
}

function withSpec(job: Job): Job & { readonly spec: JobSpec } {
  return { ...job, spec: job.spec ?? { template: {} } }
}

function validIndex(pod: Pod, completions: number): readonly number[] {
  const index = indexOf(pod)
  return index === undefined || index >= completions ? [] : [index]
}

/** An index is over when a policy says so, or when it has failed once more than it may. */
function isIndexOver({ backoffLimitPerIndex }: JobSpec, pod: Pod, action: string): boolean {
  if (backoffLimitPerIndex === undefined || action === 'Ignore') return false
  return action === 'FailIndex' || indexFailures(pod) >= backoffLimitPerIndex
}

/** How a Job ends. */
export interface Ending {
  readonly type: 'Complete' | 'Failed'
  readonly reason: string
  readonly message: string
}

/** Undefined while it goes on. An ending that was announced stays. */
export function endingOf(job: Job, found: Tally, pods: readonly Pod[], nowMs: number) {
  const { spec, status } = withSpec(job)
  return announced(status) ?? failure(withSpec(job), found, { pods, nowMs }) ?? success(spec, found)
}

function announced(status: JobStatus | undefined): Ending | undefined {
  for (const [type, interim] of [
    ['Failed', 'FailureTarget'],
    ['Complete', 'SuccessCriteriaMet'],
  ] as const) {
    const {
      reason = '',
      message = '',
      status: value,
    } = findCondition(status?.conditions, interim) ?? {}
    if (value === 'True') return { type, reason, message }
  }
  return undefined
}

function failure(
  job: Job & { readonly spec: JobSpec },
  found: Tally,
  { pods, nowMs }: { readonly pods: readonly Pod[]; readonly nowMs: number },
): Ending | undefined {
  const { spec } = job
  const failed = (reason: string, message: string): Ending => ({ type: 'Failed', reason, message })
  if (found.fatal !== undefined) return failed('PodFailurePolicy', found.fatal)
  const { backoffLimit = 6, maxFailedIndexes } = spec
  if (found.failed > backoffLimit || restartsExceed(spec, pods, backoffLimit)) {
    return failed('BackoffLimitExceeded', 'Job has reached the specified backoff limit')
  }
  const deadline = deadlineMs(job)
  if (deadline !== undefined && deadline <= nowMs) {
    return failed('DeadlineExceeded', 'Job was active longer than specified deadline')
  }
  if (maxFailedIndexes !== undefined && countIndexes(found.failedIndexes) > maxFailedIndexes) {
    const text = 'Job has exceeded the specified maximal number of failed indexes'
    return failed('MaxFailedIndexesExceeded', text)
  }
  return undefined
}

function restartsExceed(spec: JobSpec, pods: readonly Pod[], limit: number): boolean {
  if (spec.template.spec?.restartPolicy !== 'OnFailure') return false
  const restarts = restartsOf(pods)
  return limit === 0 ? restarts > 0 : restarts >= limit
}

/** When the Job has been active for too long; undefined when it may be for ever, or is suspended. */
export function deadlineMs({ spec, status }: Job): number | undefined {
  const { activeDeadlineSeconds, suspend } = spec ?? {}
  if (activeDeadlineSeconds === undefined || suspend === true) return undefined
  if (status?.startTime === undefined) return undefined
  return Date.parse(status.startTime) + activeDeadlineSeconds * 1000
}

function success(spec: JobSpec, found: Tally): Ending | undefined {
  const matched = isIndexed(spec) ? successMatch(spec, found.completed) : undefined
  if (matched !== undefined) return { type: 'Complete', reason: 'SuccessPolicy', message: matched }
  if (found.active.length > 0) return undefined
  const failedIndexes = countIndexes(found.failedIndexes)
  const isReached =
    spec.completions === undefined
      ? found.succeeded > 0
      : found.succeeded + failedIndexes >= spec.completions
  if (!isReached) return undefined
  if (failedIndexes > 0) {
    return { type: 'Failed', reason: 'FailedIndexes', message: 'Job has failed indexes' }
  }
  const message = 'Reached expected number of succeeded pods'
  return { type: 'Complete', reason: 'CompletionsReached', message }
}

export interface PodPlan {
  /** One entry a pod; undefined for Jobs without indexes. */
  readonly create: readonly (number | undefined)[]
  readonly remove: readonly Pod[]
}

/** The right number of pods for a Job that goes on. Upstream: manageJob. */
export function planPods(job: Job, found: Tally, pods: readonly Pod[]): PodPlan {
  const { spec } = withSpec(job)
  const { active } = found
  if (spec.suspend === true) return { create: [], remove: active.slice(0, podsPerPassMax) }
  const wanted = wantedActive(spec, found)
  const remove = surplus(spec, found, wanted).slice(0, podsPerPassMax)
  if (remove.length > 0) return { create: [], remove }
  const going = replacesOnlyFailed(spec) ? found.terminating : 0
  const missing = Math.min(wanted - active.length - going, podsPerPassMax)
  if (missing <= 0) return { create: [], remove: [] }
  if (!isIndexed(spec)) return { create: Array.from({ length: missing }, () => undefined), remove }
  const taken = new Set(
    pods
      .filter((pod) => isPodActive(pod) || (going > 0 && isPodTerminating(pod)))
      .flatMap((pod) => indexOf(pod) ?? []),
  )
  const isTaken = (index: number) =>
    taken.has(index) || hasIndex(found.completed, index) || hasIndex(found.failedIndexes, index)
  const completions = spec.completions ?? 0
  return { create: firstFree(isTaken, { count: missing, completions }), remove }
}

function wantedActive({ parallelism = 1, completions }: JobSpec, found: Tally): number {
  if (completions === undefined) return found.succeeded > 0 ? found.active.length : parallelism
  const left = completions - found.succeeded - countIndexes(found.failedIndexes)
  return Math.max(0, Math.min(left, parallelism))
}

/** Too many pods, or pods of an index that is done or has another pod. */
function surplus(spec: JobSpec, { active, ...found }: Tally, wanted: number): readonly Pod[] {
  const ranked = inDeletionOrder(active, { onNode: new Map(), nowMs: 0 })
  if (!isIndexed(spec)) return ranked.slice(0, Math.max(0, active.length - wanted))
  const seen = new Set<number>()
  const [useless, useful]: [Pod[], Pod[]] = [[], []]
  for (const pod of ranked.toReversed()) {
    const index = indexOf(pod)
    const isDone =
      index === undefined ||
      index >= (spec.completions ?? 0) ||
      seen.has(index) ||
      hasIndex(found.completed, index) ||
      hasIndex(found.failedIndexes, index)
    if (index !== undefined) seen.add(index)
    if (isDone) useless.push(pod)
    else useful.push(pod)
  }
  const highestFirst = useful.toSorted((a, b) => (indexOf(b) ?? 0) - (indexOf(a) ?? 0))
  return [...useless, ...highestFirst.slice(0, Math.max(0, useful.length - wanted))]
}

/** How often an index has failed so far: what its next pod is told. */
export function failuresOf(
  { spec }: Job,
  pods: readonly Pod[],
  index: number | undefined,
): number | undefined {
  if (spec?.backoffLimitPerIndex === undefined || index === undefined) return undefined
  const failed = pods.filter((pod) => indexOf(pod) === index && hasFailed(spec, pod))
  return Math.max(0, ...failed.map((pod) => indexFailures(pod) + 1))
}
