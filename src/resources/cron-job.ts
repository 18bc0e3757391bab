/** Upstream: pkg/registry/batch/cronjob/strategy.go, pkg/apis/batch/validation/validation.go. */
import type { CronJob, CronJobSpec } from '#api/batch/v1.gen.ts'
import { invalidValue, notSupported, required, type FieldError } from '#api/meta/field-error.ts'
import { formatLabelSelector } from '#api/meta/labels.ts'
import { validateDns1123Label } from '#api/meta/names.ts'
import { translateTimestampSince } from '#api/meta/time.ts'
import { cronjobs as type } from '#api/resources.gen.ts'
import { checkEnum, checkNotNegative, empty, type Errors } from './checks/checks.ts'
import {
  booleanColumn,
  ageColumn,
  integerColumn,
  nameColumn,
  stringColumn,
  templateColumns,
  wide,
} from './columns.ts'
import { cronProblem } from './cron-schedule.ts'
import { keepSpec, keepStatus, raiseGeneration } from './generation.ts'
import { defaultCronJob } from './job/defaults.ts'
import { checkJobSpec } from './job/validate.ts'
import { subdomainName } from './names.ts'
import { podTemplateWarnings } from './pod/warnings.ts'
import { defineResource } from './resource.ts'
import { served } from './served.ts'

export const cronJobs = defineResource<CronJob>({
  ...served(type),
  shortNames: ['cj'],
  categories: ['all'],
  status: true,
  hasGeneration: true,
  validateName: subdomainName,
  default: defaultCronJob,
  prepareForCreate(cronJob) {
    cronJob.status = {}
    cronJob.metadata.generation = 1
  },
  prepareForUpdate(next, prior) {
    keepStatus(next, prior)
    raiseGeneration(next, prior, ['spec'])
  },
  prepareForStatusUpdate: keepSpec,
  validate,
  validateUpdate(next, prior) {
    const errors: FieldError[] = []
    checkSpec(next.spec, prior.spec, errors)
    return errors
  },
  warnings,
  columns: [
    nameColumn(),
    stringColumn(
      'Schedule',
      'The schedule in Cron format, see https://en.wikipedia.org/wiki/Cron.',
      ({ spec }) => spec.schedule,
    ),
    stringColumn(
      'Timezone',
      'The time zone name for the given schedule, see https://en.wikipedia.org/wiki/List_of_tz_database_time_zones.',
      ({ spec }) => spec.timeZone ?? '<none>',
    ),
    booleanColumn(
      'Suspend',
      'This flag tells the controller to suspend subsequent executions, it does not apply to already started executions. Defaults to false.',
      ({ spec }) => suspended(spec),
    ),
    integerColumn(
      'Active',
      'A list of pointers to currently running jobs.',
      ({ status }) => status?.active?.length ?? 0,
    ),
    stringColumn(
      'Last Schedule',
      'Information when was the last time the job was successfully scheduled.',
      ({ status }, nowMs) =>
        status?.lastScheduleTime === undefined
          ? '<none>'
          : translateTimestampSince(status.lastScheduleTime, nowMs),
    ),
    ageColumn(),
    ...templateColumns<CronJob>(({ spec }) => spec.jobTemplate?.spec?.template),
    wide(
      stringColumn(
        'Selector',
        'A label query over pods that should match the pod count.',
        ({ spec }) => formatLabelSelector(spec.jobTemplate?.spec?.selector),
      ),
    ),
  ],
})

function suspended({ suspend }: CronJobSpec): string {
  if (suspend === undefined) return '<unset>'
  return suspend ? 'True' : 'False'
}

/** Jobs are named after their CronJob and a time of eleven characters. */
const nameMax = 63 - 11

function validate(cronJob: CronJob): readonly FieldError[] {
  const errors: FieldError[] = []
  checkSpec(cronJob.spec, undefined, errors)
  const { name } = cronJob.metadata
  if (name.length > nameMax) {
    const detail = `must be no more than ${nameMax} characters`
    errors.push(invalidValue('metadata.name', name, detail))
  }
  return errors
}

function checkSpec(
  spec: CronJobSpec | undefined,
  prior: CronJobSpec | undefined,
  errors: Errors,
): void {
  if (spec === undefined || empty(spec.schedule)) errors.push(required('spec.schedule', ''))
  if (spec === undefined) return
  if (!empty(spec.schedule)) checkSchedule(spec, prior, errors)
  checkNotNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds', errors)
  if (spec.timeZone !== prior?.timeZone) checkTimeZone(spec.timeZone, errors)
  const policies = ['Allow', 'Forbid', 'Replace']
  checkEnum(spec.concurrencyPolicy, policies, 'spec.concurrencyPolicy', errors)
  checkJobTemplate(spec, errors)
  checkNotNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit', errors)
  checkNotNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit', errors)
}

/** A zone in the schedule itself is tolerated where it has always been. */
function checkSchedule(spec: CronJobSpec, prior: CronJobSpec | undefined, errors: Errors): void {
  const { schedule, timeZone } = spec
  const path = 'spec.schedule'
  const problem = cronProblem(schedule)
  if (problem !== undefined) errors.push(invalidValue(path, schedule, problem))
  if (!schedule.includes('TZ')) return
  if (prior?.schedule.includes('TZ') !== true) {
    const detail = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
    errors.push(invalidValue(path, schedule, detail))
  } else if (timeZone !== undefined) {
    const detail = 'cannot use both timeZone field and TZ or CRON_TZ in schedule'
    errors.push(invalidValue(path, schedule, detail))
  }
}

const zonePart = /^(?!-)[A-Za-z.\-_0-9+]{1,14}$/

function checkTimeZone(zone: string | undefined, errors: Errors): void {
  if (zone === undefined) return
  const path = 'spec.timeZone'
  if (zone === '') {
    errors.push(invalidValue(path, zone, 'timeZone must be nil or non-empty string'))
    return
  }
  const parts = zone.split('/')
  if (parts.some((part) => part === '.' || part === '..' || !zonePart.test(part))) {
    errors.push(invalidValue(path, zone, `unknown time zone ${zone}`))
    return
  }
  if (zone.toLowerCase() === 'local') {
    const detail =
      'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'
    errors.push(invalidValue(path, zone, detail))
  } else if (!isTimeZone(zone)) {
    errors.push(invalidValue(path, zone, `unknown time zone ${zone}`))
  }
}

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).format(0) !== ''
  } catch {
    return false
  }
}

function checkJobTemplate(spec: CronJobSpec, errors: Errors): void {
  const job = spec.jobTemplate?.spec
  if (job === undefined) return
  const path = 'spec.jobTemplate.spec'
  checkJobSpec(job, path, errors)
  if (job.selector !== undefined) {
    const detail = '`selector` will be auto-generated'
    errors.push(invalidValue(`${path}.selector`, job.selector, detail))
  }
  if (job.manualSelector === true) {
    errors.push(notSupported(`${path}.manualSelector`, true, ['nil', 'false']))
  }
}

function warnings({ spec, metadata }: CronJob): readonly string[] {
  const told = [
    ...podTemplateWarnings(spec.jobTemplate?.spec?.template, 'spec.jobTemplate.spec.template'),
  ]
  const messages = validateDns1123Label(metadata.name)
  if (messages.length > 0) {
    told.push(
      `metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [${messages.join(' ')}]`,
    )
  }
  if (spec.schedule.includes('TZ')) {
    told.push(
      'CRON_TZ or TZ used in spec.schedule is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
    )
  }
  return told
}
