/** Upstream: pkg/apis/batch/v1/defaults.go. */
import type { CronJob, Job, JobSpec } from '#api/batch/v1.gen.ts'
import { defaultPodTemplate } from '#resources/pod/defaults.ts'

const backoffLimit = 6
const noLimit = 2 ** 31 - 1

export function defaultJob(job: Job): void {
  const { spec } = job
  if (spec === undefined) return
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1
  spec.parallelism ??= 1
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? backoffLimit : noLimit
  spec.completionMode ??= 'NonIndexed'
  spec.suspend ??= false
  spec.manualSelector ??= false
  spec.podReplacementPolicy ??=
    spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed'
  defaultFailurePolicy(spec)
  defaultPodTemplate((spec.template ??= {}))
  job.status ??= {}
}

function defaultFailurePolicy(spec: JobSpec): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True'
  }
}

/** The jobs that it makes are defaulted when they are made. */
export function defaultCronJob(cronJob: CronJob): void {
  const { spec } = cronJob
  if (spec === undefined) return
  spec.concurrencyPolicy ||= 'Allow'
  spec.suspend ??= false
  spec.successfulJobsHistoryLimit ??= 3
  spec.failedJobsHistoryLimit ??= 1
  const template = (spec.jobTemplate ??= {})
  template.metadata ??= {}
  template.spec ??= { template: {} }
  defaultFailurePolicy(template.spec)
  defaultPodTemplate((template.spec.template ??= {}))
  cronJob.status ??= {}
}
