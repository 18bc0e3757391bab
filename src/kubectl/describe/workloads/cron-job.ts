/** Upstream: describe.go, CronJobDescriber. */
import type { CronJob } from '#api/batch/v1.gen.ts'
import { labelSelectorMatcher } from '#api/meta/labels.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { heading } from '#kubectl/describe/metadata.ts'
import { writePodTemplate } from '#kubectl/describe/pods/pod-template.ts'
import { dateText } from '#kubectl/describe/time-text.ts'
import { boolOrUnset, orNone, orUnset } from '#kubectl/describe/values.ts'

export const cronJob = describer<CronJob>({
  version: 'v1',
  sections: [
    ...heading,
    ['Schedule', ({ spec }) => spec.schedule],
    ['Concurrency Policy', ({ spec }) => spec.concurrencyPolicy ?? ''],
    ['Suspend', ({ spec }) => boolOrUnset(spec.suspend)],
    ['Time Zone', ({ spec }) => orUnset(spec.timeZone)],
    ['Successful Job History Limit', ({ spec }) => orUnset(spec.successfulJobsHistoryLimit)],
    ['Failed Job History Limit', ({ spec }) => orUnset(spec.failedJobsHistoryLimit)],
    ['Starting Deadline Seconds', ({ spec }) => secondsOrUnset(spec.startingDeadlineSeconds)],
    ['Selector', selectorText],
    ['Parallelism', ({ spec }) => orUnset(spec.jobTemplate.spec?.parallelism)],
    ['Completions', ({ spec }) => orUnset(spec.jobTemplate.spec?.completions)],
    [
      'Active Deadline Seconds',
      ({ spec }) => {
        const seconds = spec.jobTemplate.spec?.activeDeadlineSeconds
        return seconds === undefined ? undefined : `${seconds}s`
      },
    ],
    (w, { spec }) => writePodTemplate(w, spec.jobTemplate.spec?.template),
    [
      'Last Schedule Time',
      ({ status }) => {
        const time = status?.lastScheduleTime
        return time === undefined ? '<unset>' : dateText(time)
      },
    ],
    [
      'Active Jobs',
      ({ status }) => orNone((status?.active ?? []).map(({ name = '' }) => name).join(', ')),
    ],
  ],
})

function selectorText({ spec }: CronJob): string {
  const selector = spec.jobTemplate.spec?.selector
  return selector === undefined ? '<unset>' : labelSelectorMatcher(selector).toString()
}

function secondsOrUnset(seconds: number | undefined): string {
  return seconds === undefined ? '<unset>' : `${seconds}s`
}
