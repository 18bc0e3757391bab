/** Upstream: pkg/apis/batch/validation/validation.go, validateJobStatus, ValidateJobStatusUpdate. */
import type { Job, JobStatus } from '#api/batch/v1.gen.ts'
import { isConditionTrue } from '#api/meta/conditions.ts'
import { duplicate, invalidValue, required, type FieldError } from '#api/meta/field-error.ts'
import type { Errors } from '#resources/checks/checks.ts'
import { checkCounters } from '#resources/checks/workload.ts'
import { IndexError, overlap, parseIndexes } from './indexes.ts'
import { withoutValue } from './validate-policies.ts'

const path = 'status'

export function validateJobStatusUpdate(next: Job, prior: Job): readonly FieldError[] {
  const errors: FieldError[] = []
  const status = next.status ?? {}
  const counters = ['active', 'succeeded', 'failed', 'ready', 'terminating']
  checkCounters(status, counters, errors)
  checkUncounted(status, errors)
  checkConditions(next, errors)
  checkTimes(status, errors)
  if (isFinished(status)) checkFinished(status, errors)
  checkIndexes(next, status, errors)
  if ((status.ready ?? 0) > (status.active ?? 0)) {
    const detail = 'cannot set more ready pods than active'
    errors.push(invalidValue(`${path}.ready`, status.ready, detail))
  }
  checkOnlyForward(next, prior, errors)
  return errors
}

function has(status: JobStatus | undefined, condition: string): boolean {
  return isConditionTrue(status?.conditions, condition)
}

function isFinished(status: JobStatus): boolean {
  return has(status, 'Complete') || has(status, 'Failed')
}

function checkUncounted(status: JobStatus, errors: Errors): void {
  const seen = new Set<string>()
  for (const list of ['succeeded', 'failed'] as const) {
    status.uncountedTerminatedPods?.[list]?.forEach((uid, at) => {
      const here = `${path}.uncountedTerminatedPods.${list}[${at}]`
      if (uid === '') errors.push(invalidValue(here, uid, 'must not be empty'))
      else if (seen.has(uid)) errors.push(duplicate(here, uid))
      seen.add(uid)
    })
  }
}

/** Pairs of conditions that contradict each other, as upstream words it. */
const contradictions = [
  ['Complete', 'Failed', 'cannot set Complete=True and Failed=true conditions'],
  ['Complete', 'FailureTarget', 'cannot set Complete=True and FailureTarget=true conditions'],
  ['SuccessCriteriaMet', 'Failed', 'cannot set SuccessCriteriaMet=True and Failed=true conditions'],
  [
    'SuccessCriteriaMet',
    'FailureTarget',
    'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions',
  ],
] as const

/** The end is announced before it is reached. */
const announcements = [
  [
    'Failed',
    'FailureTarget',
    'cannot set Failed=True condition without the FailureTarget=true condition',
  ],
  [
    'Complete',
    'SuccessCriteriaMet',
    'cannot set Complete=True condition without the SuccessCriteriaMet=true condition',
  ],
] as const

function checkConditions({ status }: Job, errors: Errors): void {
  const here = `${path}.conditions`
  for (const [one, other, detail] of contradictions) {
    if (has(status, one) && has(status, other)) errors.push(withoutValue(here, detail))
  }
  for (const [end, announced, detail] of announcements) {
    if (has(status, end) && !has(status, announced)) errors.push(withoutValue(here, detail))
  }
}

function checkTimes(status: JobStatus, errors: Errors): void {
  const here = `${path}.completionTime`
  const { startTime, completionTime } = status
  if (completionTime === undefined) {
    if (has(status, 'Complete')) {
      errors.push(required(here, 'completionTime is required for Complete jobs'))
    }
    return
  }
  if (!has(status, 'Complete')) {
    const detail = 'cannot set completionTime when there is no Complete=True condition'
    errors.push(invalidValue(here, completionTime, detail))
  }
  if (startTime !== undefined && completionTime < startTime) {
    const detail = 'completionTime cannot be set before startTime'
    errors.push(invalidValue(here, completionTime, detail))
  }
}

function checkFinished(status: JobStatus, errors: Errors): void {
  for (const field of ['active', 'terminating'] as const) {
    const count = status[field] ?? 0
    if (count === 0) continue
    errors.push(invalidValue(`${path}.${field}`, count, `${field}>0 is invalid for finished job`))
  }
  if (status.startTime === undefined) {
    errors.push(required(`${path}.startTime`, 'startTime is required for finished job'))
  }
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {}
  if (succeeded.length + failed.length > 0) {
    const detail = 'uncountedTerminatedPods needs to be empty for finished job'
    const here = `${path}.uncountedTerminatedPods`
    errors.push(invalidValue(here, status.uncountedTerminatedPods, detail))
  }
}

function checkIndexes({ spec }: Job, status: JobStatus, errors: Errors): void {
  const { completedIndexes = '', failedIndexes } = status
  const { completions } = spec
  if (completedIndexes !== '' && spec.completionMode !== 'Indexed') {
    const detail = 'cannot set non-empty completedIndexes when non-indexed completion mode'
    errors.push(invalidValue(`${path}.completedIndexes`, completedIndexes, detail))
  }
  if (failedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    const detail = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null'
    errors.push(invalidValue(`${path}.failedIndexes`, failedIndexes, detail))
  }
  if (completions === undefined) return
  const readable = checkFormat('completedIndexes', completedIndexes, completions, errors)
  if (failedIndexes === undefined) return
  if (!checkFormat('failedIndexes', failedIndexes, completions, errors) || !readable) return
  const both = overlap(completedIndexes, failedIndexes, completions)
  if (both === undefined) return
  const detail = `failedIndexes and completedIndexes overlap at index: ${both}`
  errors.push(invalidValue(`${path}.failedIndexes`, failedIndexes, detail))
}

function checkFormat(field: string, text: string, completions: number, errors: Errors): boolean {
  try {
    parseIndexes(text, completions)
    return true
  } catch (error) {
    if (!(error instanceof IndexError)) throw error
    const detail = `error parsing ${field}: ${error.message}`
    errors.push(invalidValue(`${path}.${field}`, text, detail))
    return false
  }
}

/** What has ended stays ended, and what is counted stays counted. */
function checkOnlyForward(next: Job, prior: Job, errors: Errors): void {
  const after = next.status ?? {}
  const before = prior.status ?? {}
  const here = `${path}.conditions`
  for (const condition of ['Failed', 'Complete', 'FailureTarget']) {
    if (!has(before, condition) || has(after, condition)) continue
    errors.push(withoutValue(here, `cannot disable the terminal ${condition}=True condition`))
  }
  for (const field of ['failed', 'succeeded'] as const) {
    if ((after[field] ?? 0) >= (before[field] ?? 0)) continue
    const detail = `cannot decrease the ${field} counter`
    errors.push(invalidValue(`${path}.${field}`, after[field] ?? 0, detail))
  }
  const { completionTime } = after
  if (
    completionTime !== undefined &&
    before.completionTime !== undefined &&
    completionTime !== before.completionTime
  ) {
    const detail = 'completionTime cannot be mutated'
    errors.push(invalidValue(`${path}.completionTime`, completionTime, detail))
  }
  if (
    before.startTime !== undefined &&
    after.startTime !== before.startTime &&
    next.spec.suspend !== true
  ) {
    const detail = 'startTime cannot be removed for unsuspended job'
    errors.push(required(`${path}.startTime`, detail))
  }
  if (has(before, 'SuccessCriteriaMet') && !has(after, 'SuccessCriteriaMet')) {
    errors.push(withoutValue(here, 'cannot disable the SuccessCriteriaMet=True condition'))
  }
  if (
    has(before, 'Complete') &&
    !has(before, 'SuccessCriteriaMet') &&
    has(after, 'SuccessCriteriaMet')
  ) {
    const detail = 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions'
    errors.push(withoutValue(here, detail))
  }
}
