/**
 * When a CronJob starts its next Job, and which old ones go.
 * Upstream: pkg/controller/cronjob/utils.go at v1.36.
 */
import type { CronJob, Job } from '#api/batch/v1.gen.ts'
import { findCondition } from '#api/meta/conditions.ts'
import { controllerRef } from '#api/meta/owners.ts'
import type { Draft } from '#api/resource-type.ts'
import { cronjobs } from '#api/resources.gen.ts'
import { timestamp } from '#base/clock.ts'
import type { Schedule } from './schedule.ts'

/** More missed starts than this are told about: a clock may be wrong. */
const missedMax = 100
/** Counting stops there. */
const countedMax = 10_000

export interface Due {
  /** The newest time that has come and was not used yet; undefined: none. */
  readonly atMs: number | undefined
  readonly tooManyMissed: boolean
  readonly nextMs: number | undefined
}

/** Upstream: mostRecentScheduleTime. */
export function dueTime(cronJob: CronJob, schedule: Schedule, nowMs: number): Due {
  const { metadata, spec, status } = cronJob
  const { startingDeadlineSeconds } = spec
  let fromMs = Date.parse(status?.lastScheduleTime ?? metadata.creationTimestamp)
  if (startingDeadlineSeconds !== undefined) {
    fromMs = Math.max(fromMs, nowMs - startingDeadlineSeconds * 1000)
  }
  let atMs: number | undefined
  let missed = 0
  let nextMs = schedule.next(fromMs)
  while (nextMs !== undefined && nextMs <= nowMs) {
    atMs = nextMs
    missed++
    // Far behind: jump close to now instead of counting every minute of a year.
    nextMs =
      missed < countedMax ? schedule.next(atMs) : schedule.next(Math.max(atMs, nowMs - 60_000))
  }
  const tooManyMissed = missed > missedMax && startingDeadlineSeconds === undefined
  return { atMs, tooManyMissed, nextMs }
}

/** The same time makes the same name: a Job is never started twice. */
export function jobNameAt({ metadata }: CronJob, atMs: number): string {
  return `${metadata.name}-${Math.floor(atMs / 60_000)}`
}

const scheduledAnnotation = 'batch.kubernetes.io/cronjob-scheduled-timestamp'

export function jobAt(
  cronJob: CronJob,
  atMs: number,
): Draft<Job> & { spec: NonNullable<Job['spec']> } {
  const { jobTemplate, timeZone } = cronJob.spec
  const { labels, annotations } = jobTemplate.metadata ?? {}
  return {
    metadata: {
      name: jobNameAt(cronJob, atMs),
      namespace: cronJob.metadata.namespace ?? '',
      ...(labels === undefined ? {} : { labels }),
      annotations: { ...annotations, [scheduledAnnotation]: inZone(atMs, timeZone) },
      ownerReferences: [controllerRef(cronJob, cronjobs)],
    },
    spec: jobTemplate.spec ?? { template: {} },
  }
}

/** RFC 3339 with the zone's offset, `Z` for none. */
export function inZone(ms: number, timeZone: string | undefined): string {
  if (timeZone === undefined) return timestamp(ms)
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
    hourCycle: 'h23',
  }).formatToParts(ms)
  const value = (type: string) => parts.find((part) => part.type === type)?.value ?? ''
  const local = `${value('year')}-${value('month')}-${value('day')}T${value('hour')}:${value('minute')}:${value('second')}`
  const offsetMinutes = Math.round((Date.parse(`${local}Z`) - ms) / 60_000)
  if (offsetMinutes === 0) return `${local}Z`
  const sign = offsetMinutes < 0 ? '-' : '+'
  const two = (number: number) => String(number).padStart(2, '0')
  const minutes = Math.abs(offsetMinutes)
  return `${local}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`
}

/** How the Job ended: `Complete`, `Failed`; undefined while it goes on. */
export function endOf({ status }: Job): 'Complete' | 'Failed' | undefined {
  for (const type of ['Complete', 'Failed'] as const) {
    if (findCondition(status?.conditions, type)?.status === 'True') return type
  }
  return undefined
}

/** Ended Jobs beyond the limits, oldest first. */
export function planHistory({ spec }: CronJob, jobs: readonly Job[]): readonly Job[] {
  const beyond = (end: 'Complete' | 'Failed', limit: number | undefined): readonly Job[] => {
    if (limit === undefined) return []
    const ended = jobs.filter((job) => endOf(job) === end).toSorted(byStart)
    return ended.slice(0, Math.max(0, ended.length - limit))
  }
  return [
    ...beyond('Complete', spec.successfulJobsHistoryLimit),
    ...beyond('Failed', spec.failedJobsHistoryLimit),
  ]
}

function byStart(a: Job, b: Job): number {
  const start = ({ status, metadata }: Job) => status?.startTime ?? metadata.creationTimestamp
  const [left, right] = [start(a), start(b)]
  if (left !== right) return left < right ? -1 : 1
  return a.metadata.name < b.metadata.name ? -1 : 1
}
