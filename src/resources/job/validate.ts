/** Upstream: pkg/apis/batch/validation/validation.go, ValidateJob, ValidateJobUpdate. */
import type { Job, JobSpec } from '#api/batch/v1.gen.ts'
import type { PodTemplateSpec } from '#api/core/v1.gen.ts'
import { isConditionTrue } from '#api/meta/conditions.ts'
import { invalidValue, required, tooLong, type FieldError } from '#api/meta/field-error.ts'
import { labelSelectorMatcher } from '#api/meta/labels.ts'
import { validateDns1123Label } from '#api/meta/names.ts'
import {
  checkEnum,
  checkImmutable,
  checkNotNegative,
  checkSupported,
  empty,
  type Errors,
} from '#resources/checks/checks.ts'
import { semanticEqual } from '#resources/checks/equality.ts'
import { checkDomainPath } from '#resources/checks/domain-path.ts'
import { checkLabelSelector } from '#resources/checks/label-selector.ts'
import { checkTemplateMatches } from '#resources/checks/workload.ts'
import { checkPodTemplate } from '#resources/pod/validate-spec.ts'
import { controllerUid, jobName, legacyControllerUid, legacyJobName } from './selector.ts'
import { checkFailurePolicy, checkSuccessPolicy } from './validate-policies.ts'

export function validateJob(job: Job): readonly FieldError[] {
  const errors: FieldError[] = []
  const { spec, metadata } = job
  checkGeneratedSelector(job, errors)
  checkSpecAndSelector(spec, errors)
  if (spec.completionMode === 'Indexed' && (spec.completions ?? 0) > 0) {
    const hostname = `${metadata.name}-${(spec.completions ?? 0) - 1}`
    if (validateDns1123Label(hostname).length > 0) {
      const detail = `will not able to create pod with invalid DNS label: ${hostname}`
      errors.push(invalidValue('metadata.name', metadata.name, detail))
    }
  }
  return errors
}

function checkSpecAndSelector(spec: JobSpec, errors: Errors): void {
  checkJobSpec(spec, 'spec', errors)
  if (spec.selector === undefined) errors.push(required('spec.selector', ''))
  else checkLabelSelector(spec.selector, 'spec.selector', errors)
  checkTemplateMatches(spec.selector, spec.template, 'spec.template', errors)
}

function checkGeneratedSelector(job: Job, errors: Errors): void {
  const { spec, metadata } = job
  if (spec.manualSelector === true || spec.selector === undefined) return
  if (empty(metadata.uid)) errors.push(required('metadata.uid', ''))
  const expected = {
    [legacyControllerUid]: metadata.uid,
    [legacyJobName]: metadata.name,
    [controllerUid]: metadata.uid,
    [jobName]: metadata.name,
  }
  const labels = spec.template?.metadata?.labels ?? {}
  for (const [key, value] of Object.entries(expected)) {
    const path = `spec.template.metadata.labels[${key}]`
    if (labels[key] === undefined) errors.push(required(path, `must be '${value}'`))
    else if (labels[key] !== value) errors.push(invalidValue(path, labels, `must be '${value}'`))
  }
  if (!isSelected(job, expected)) {
    errors.push(invalidValue('spec.selector', spec.selector, '`selector` not auto-generated'))
  }
}

/** A selector that cannot be read is told elsewhere. */
function isSelected(job: Job, labels: Readonly<Record<string, string>>): boolean {
  try {
    return labelSelectorMatcher(job.spec.selector).matches(labels)
  } catch {
    return true
  }
}

const counters = [
  'parallelism',
  'completions',
  'activeDeadlineSeconds',
  'backoffLimit',
  'ttlSecondsAfterFinished',
  'backoffLimitPerIndex',
  'maxFailedIndexes',
] as const

const managedByMax = 63
const jobPolicies = ['OnFailure', 'Never']

/** Of Jobs and of the templates of CronJobs. */
export function checkJobSpec(spec: JobSpec, path: string, errors: Errors): void {
  for (const field of counters) checkNotNegative(spec[field], `${path}.${field}`, errors)
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
    errors.push(required(`${path}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'))
  }
  if (spec.managedBy !== undefined) {
    checkDomainPath(spec.managedBy, `${path}.managedBy`, errors)
    if (spec.managedBy.length > managedByMax) {
      errors.push(tooLong(`${path}.managedBy`, spec.managedBy, managedByMax))
    }
  }
  const modes = ['NonIndexed', 'Indexed']
  checkSupported(spec.completionMode, modes, `${path}.completionMode`, errors)
  if (spec.completionMode === 'Indexed') checkIndexed(spec, path, errors)
  else if (spec.completionMode === undefined || spec.completionMode === 'NonIndexed') {
    checkNotIndexed(spec, path, errors)
  }
  checkPolicies(spec, path, errors)
  checkPodTemplate(spec.template, `${path}.template`, errors)
  checkRestartPolicy(spec, `${path}.template.spec.restartPolicy`, errors)
}

function checkRestartPolicy(spec: JobSpec, path: string, errors: Errors): void {
  const policy = spec.template?.spec?.restartPolicy ?? ''
  if (policy === '' || policy === 'Always') {
    errors.push(required(path, 'valid values: "OnFailure", "Never"'))
  } else if (!jobPolicies.includes(policy)) checkEnum(policy, jobPolicies, path, errors)
  else if (spec.podFailurePolicy !== undefined && policy !== 'Never') {
    const detail = 'only "Never" is supported when podFailurePolicy is specified'
    errors.push(invalidValue(path, policy, detail))
  }
}

const limits = {
  parallelismMax: 100_000,
  failedIndexesMax: 100_000,
  manyCompletions: 100_000,
  parallelismWithManyMax: 10_000,
  failedIndexesWithManyMax: 10_000,
} as const

function checkIndexed(spec: JobSpec, path: string, errors: Errors): void {
  const { completions, parallelism, maxFailedIndexes } = spec
  const refuseAbove = (
    field: 'parallelism' | 'maxFailedIndexes',
    max: number,
    detail: string,
  ): void => {
    const value = spec[field]
    if (value !== undefined && value > max) {
      errors.push(
        invalidValue(`${path}.${field}`, value, `must be less than or equal to ${detail}`),
      )
    }
  }
  if (completions === undefined) {
    errors.push(required(`${path}.completions`, 'when completion mode is Indexed'))
  }
  const { parallelismMax, failedIndexesMax, manyCompletions } = limits
  refuseAbove('parallelism', parallelismMax, `${parallelismMax} when completion mode is Indexed`)
  if (completions !== undefined) refuseAbove('maxFailedIndexes', completions, 'completions')
  refuseAbove('maxFailedIndexes', failedIndexesMax, String(failedIndexesMax))
  const many = completions !== undefined && completions > manyCompletions
  if (!many || spec.backoffLimitPerIndex === undefined) return
  if (maxFailedIndexes === undefined) {
    const detail = `must be specified when completions is above ${manyCompletions}`
    errors.push(required(`${path}.maxFailedIndexes`, detail))
  }
  const when = `when completions are above ${manyCompletions} and used with backoff limit per index`
  const { parallelismWithManyMax, failedIndexesWithManyMax } = limits
  if (parallelism !== undefined) {
    refuseAbove('parallelism', parallelismWithManyMax, `${parallelismWithManyMax} ${when}`)
  }
  refuseAbove('maxFailedIndexes', failedIndexesWithManyMax, `${failedIndexesWithManyMax} ${when}`)
}

function checkNotIndexed(spec: JobSpec, path: string, errors: Errors): void {
  for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    const value = spec[field]
    if (value === undefined) continue
    errors.push(invalidValue(`${path}.${field}`, value, 'requires indexed completion mode'))
  }
}

function checkPolicies(spec: JobSpec, path: string, errors: Errors): void {
  if (spec.podFailurePolicy !== undefined) {
    checkFailurePolicy(spec, spec.podFailurePolicy, `${path}.podFailurePolicy`, errors)
  }
  if (spec.successPolicy !== undefined) {
    const here = `${path}.successPolicy`
    if (spec.completionMode === 'Indexed') {
      checkSuccessPolicy(spec.successPolicy, spec.completions ?? 0, here, errors)
    } else {
      const detail = 'requires indexed completion mode'
      errors.push(invalidValue(here, spec.successPolicy, detail))
    }
  }
  const replacements =
    spec.podFailurePolicy === undefined ? ['Failed', 'TerminatingOrFailed'] : ['Failed']
  checkSupported(spec.podReplacementPolicy, replacements, `${path}.podReplacementPolicy`, errors)
}

const immutable = [
  'completionMode',
  'podFailurePolicy',
  'backoffLimitPerIndex',
  'managedBy',
  'successPolicy',
] as const

export function validateJobUpdate(next: Job, prior: Job): readonly FieldError[] {
  const errors: FieldError[] = []
  checkSpecAndSelector(next.spec, errors)
  checkCompletions(next.spec, prior.spec, errors)
  checkImmutable(next.spec.selector, prior.spec.selector, 'spec.selector', errors)
  checkTemplateKept(next, prior, errors)
  for (const field of immutable) {
    checkImmutable(next.spec[field], prior.spec[field], `spec.${field}`, errors)
  }
  return errors
}

/** Indexed jobs are elastic: both numbers may change together. */
function checkCompletions(next: JobSpec, prior: JobSpec, errors: Errors): void {
  const path = 'spec.completions'
  if (next.completionMode !== 'Indexed') {
    checkImmutable(next.completions, prior.completions, path, errors)
    return
  }
  if (next.completions === undefined || next.completions === prior.completions) return
  if (next.completions === next.parallelism) return
  const detail = 'can only be modified in tandem with spec.parallelism'
  errors.push(invalidValue(path, next.completions, detail))
}

/** As long as a job is suspended and has no pods, where they will go may still be decided. */
function checkTemplateKept(next: Job, prior: Job, errors: Errors): void {
  const isSuspended =
    prior.spec.suspend === true &&
    (prior.status?.active ?? 0) === 0 &&
    (prior.status?.startTime === undefined || isConditionTrue(prior.status.conditions, 'Suspended'))
  const after = isSuspended ? withoutDirectives(next.spec.template) : next.spec.template
  const before = isSuspended ? withoutDirectives(prior.spec.template) : prior.spec.template
  if (semanticEqual(after, before)) return
  errors.push(invalidValue('spec.template', next.spec.template, 'field is immutable'))
}

function withoutDirectives(template: PodTemplateSpec): PodTemplateSpec {
  const { labels: _labels, annotations: _annotations, ...metadata } = template.metadata ?? {}
  if (template.spec === undefined) return { metadata }
  const spec = { ...template.spec }
  if (spec.affinity !== undefined) {
    const { nodeAffinity: _nodeAffinity, ...affinity } = spec.affinity
    spec.affinity = affinity
  }
  delete spec.nodeSelector
  delete spec.tolerations
  delete spec.schedulingGates
  return { metadata, spec }
}
