/** Upstream: pkg/registry/batch/job/strategy.go. */
import type { Job } from '#api/batch/v1.gen.ts'
import { isConditionTrue } from '#api/meta/conditions.ts'
import { formatLabelSelector } from '#api/meta/labels.ts'
import { humanDuration } from '#api/meta/time.ts'
import { jobs as type } from '#api/resources.gen.ts'
import { ageColumn, nameColumn, stringColumn, templateColumns, wide } from '#resources/columns.ts'
import { keepSpec, keepStatus, raiseGeneration } from '#resources/generation.ts'
import { subdomainName } from '#resources/names.ts'
import { podTemplateWarnings } from '#resources/pod/warnings.ts'
import { defineResource } from '#resources/resource.ts'
import { served } from '#resources/served.ts'
import { defaultJob } from './defaults.ts'
import { generateSelector } from './selector.ts'
import { validateJobStatusUpdate } from './validate-status.ts'
import { validateJob, validateJobUpdate } from './validate.ts'

export const jobs = defineResource<Job>({
  ...served(type),
  categories: ['all'],
  status: true,
  hasGeneration: true,
  defaultPropagation: 'Orphan',
  validateName: subdomainName,
  default: defaultJob,
  prepareForCreate(job) {
    if (job.spec?.manualSelector !== true) generateSelector(job)
    job.status = {}
    job.metadata.generation = 1
  },
  prepareForUpdate(next, prior) {
    keepStatus(next, prior)
    raiseGeneration(next, prior, ['spec'])
  },
  prepareForStatusUpdate: keepSpec,
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  validateStatusUpdate: validateJobStatusUpdate,
  warnings: ({ spec }) => podTemplateWarnings(spec?.template, 'spec.template'),
  selectableFields: { 'status.successful': ({ status }) => String(status?.succeeded ?? 0) },
  columns: [
    nameColumn(),
    stringColumn('Status', 'Status of the job.', statusOf),
    stringColumn('Completions', 'The number of pods which reached phase Succeeded.', completions),
    stringColumn('Duration', 'Time required to complete the job.', duration),
    ageColumn(),
    ...templateColumns<Job>(({ spec }) => spec?.template),
    wide(
      stringColumn(
        'Selector',
        'A label query over pods that should match the pod count. Normally, the system sets this field for you.',
        ({ spec }) => formatLabelSelector(spec?.selector),
      ),
    ),
  ],
})

function statusOf(job: Job): string {
  const has = (condition: string): boolean => isConditionTrue(job.status?.conditions, condition)
  if (has('Complete')) return 'Complete'
  if (has('Failed')) return 'Failed'
  if (job.metadata.deletionTimestamp !== undefined) return 'Terminating'
  if (has('Suspended')) return 'Suspended'
  return has('FailureTarget') ? 'FailureTarget' : 'Running'
}

function completions({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`
  const parallelism = spec?.parallelism ?? 0
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`
}

function duration({ status }: Job, nowMs: number): string {
  if (status?.startTime === undefined) return ''
  const { startTime, completionTime } = status
  const endMs = completionTime === undefined ? nowMs : Date.parse(completionTime)
  return humanDuration(endMs - Date.parse(startTime))
}
