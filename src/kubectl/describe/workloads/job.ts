/** Upstream: describe.go, JobDescriber. */
import type { Job } from '#api/batch/v1.gen.ts'
import { labelSelectorMatcher } from '#api/meta/labels.ts'
import { humanDuration } from '#api/meta/time.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { annotations, controlledBy, labels, name, namespace } from '#kubectl/describe/metadata.ts'
import { writePodTemplate } from '#kubectl/describe/pods/pod-template.ts'
import { dateText } from '#kubectl/describe/time-text.ts'
import { orUnset } from '#kubectl/describe/values.ts'

const limits = {
  /** The list of completed indexes is cut after the one that reaches this. */
  indexesCharsMax: 50,
} as const

export const job = describer<Job>({
  version: 'v1',
  sections: [
    name,
    namespace,
    ['Selector', ({ spec }) => labelSelectorMatcher(spec.selector).toString()],
    labels,
    annotations,
    controlledBy,
    ['Parallelism', ({ spec }) => spec.parallelism],
    ['Completions', ({ spec }) => orUnset(spec.completions)],
    ['Completion Mode', ({ spec }) => spec.completionMode],
    ['Suspend', ({ spec }) => spec.suspend],
    ['Backoff Limit', ({ spec }) => spec.backoffLimit],
    ['TTL Seconds After Finished', ({ spec }) => spec.ttlSecondsAfterFinished],
    ['Start Time', ({ status }) => status?.startTime && dateText(status.startTime)],
    ['Completed At', ({ status }) => status?.completionTime && dateText(status.completionTime)],
    ['Duration', durationText],
    [
      'Active Deadline Seconds',
      ({ spec }) => spec.activeDeadlineSeconds && `${spec.activeDeadlineSeconds}s`,
    ],
    ['Pods Statuses', statusesText],
    [
      'Completed Indexes',
      ({ spec, status }) =>
        spec.completionMode === 'Indexed' ? indexesText(status?.completedIndexes) : undefined,
    ],
    (w, { spec }) => writePodTemplate(w, spec.template),
  ],
})

function durationText({ status }: Job): string | undefined {
  const { startTime, completionTime } = status ?? {}
  if (startTime === undefined || completionTime === undefined) return undefined
  return humanDuration(Date.parse(completionTime) - Date.parse(startTime))
}

function statusesText({ status = {} }: Job): string {
  const { active = 0, ready, succeeded = 0, failed = 0 } = status
  const readyText = ready === undefined ? '' : ` (${ready} Ready)`
  return `${active} Active${readyText} / ${succeeded} Succeeded / ${failed} Failed`
}

function indexesText(indexes = ''): string {
  if (indexes === '') return '<none>'
  const comma = indexes.indexOf(',', limits.indexesCharsMax)
  return comma < 0 ? indexes : `${indexes.slice(0, comma + 1)}...`
}
