/** Upstream: pkg/registry/apps/deployment/strategy.go, pkg/apis/apps/validation/validation.go. */
import type { Deployment, DeploymentStrategy } from '#api/apps/v1.gen.ts'
import { forbiddenField, invalidValue, required, type FieldError } from '#api/meta/field-error.ts'
import { labelSelectorMatcher } from '#api/meta/labels.ts'
import { deployments as type } from '#api/resources.gen.ts'
import {
  checkEnum,
  checkImmutable,
  checkNotMoreThan100Percent,
  checkNotNegative,
  checkPositiveIntOrPercent,
  type Errors,
} from './checks/checks.ts'
import { semanticEqual } from './checks/equality.ts'
import {
  checkCollisionsGrow,
  checkCounters,
  checkLastingTemplate,
  checkReplicaCounters,
  checkTemplateMatches,
  checkWorkloadSelector,
  countOrPercent,
} from './checks/workload.ts'
import { ageColumn, nameColumn, stringColumn, templateColumns, wide } from './columns.ts'
import { keepSpec, keepStatus, raiseGeneration } from './generation.ts'
import { subdomainName } from './names.ts'
import { defaultPodTemplate } from './pod/defaults.ts'
import { podTemplateWarnings } from './pod/warnings.ts'
import { defineResource } from './resource.ts'
import { selectorScale } from './scale.ts'
import { served } from './served.ts'

export const deployments = defineResource<Deployment>({
  ...served(type),
  shortNames: ['deploy'],
  categories: ['all'],
  status: true,
  hasGeneration: true,
  scale: selectorScale(),
  validateName: subdomainName,
  default: defaultDeployment,
  prepareForCreate(deployment) {
    deployment.status = {}
    deployment.metadata.generation = 1
  },
  prepareForUpdate(next, prior) {
    keepStatus(next, prior)
    raiseGeneration(next, prior, ['spec'])
    // Annotations go into the ReplicaSets, so the controller has to look at their changes, too.
    if (!semanticEqual(next.metadata.annotations, prior.metadata.annotations)) {
      next.metadata.generation = (prior.metadata.generation ?? 0) + 1
    }
  },
  prepareForStatusUpdate(next, prior) {
    keepSpec(next, prior)
    if (prior.metadata.labels === undefined) delete next.metadata.labels
    else next.metadata.labels = prior.metadata.labels
  },
  validate,
  validateUpdate(next, prior) {
    const errors: FieldError[] = [...validate(next)]
    checkImmutable(next.spec?.selector, prior.spec?.selector, 'spec.selector', errors)
    return errors
  },
  validateStatusUpdate: validateStatus,
  warnings: ({ spec }) => podTemplateWarnings(spec?.template, 'spec.template'),
  columns: [
    nameColumn(),
    stringColumn(
      'Ready',
      'Number of the pod with ready state',
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    ),
    stringColumn(
      'Up-to-date',
      'Total number of non-terminating pods targeted by this deployment that have the desired template spec.',
      ({ status }) => status?.updatedReplicas ?? 0,
    ),
    stringColumn(
      'Available',
      'Total number of available non-terminating pods (ready for at least minReadySeconds) targeted by this deployment.',
      ({ status }) => status?.availableReplicas ?? 0,
    ),
    ageColumn(),
    ...templateColumns<Deployment>(({ spec }) => spec?.template),
    wide(
      stringColumn('Selector', 'Label selector for pods.', ({ spec }) =>
        labelSelectorMatcher(spec?.selector).toString(),
      ),
    ),
  ],
})

const quarter = '25%'

function defaultDeployment(deployment: Deployment): void {
  const { spec } = deployment
  if (spec === undefined) return
  spec.replicas ??= 1
  const strategy = (spec.strategy ??= {})
  strategy.type ||= 'RollingUpdate'
  if (strategy.type === 'RollingUpdate') {
    const update = (strategy.rollingUpdate ??= {})
    update.maxUnavailable ??= quarter
    update.maxSurge ??= quarter
  }
  spec.revisionHistoryLimit ??= 10
  spec.progressDeadlineSeconds ??= 600
  defaultPodTemplate((spec.template ??= {}))
  deployment.status ??= {}
}

function validate({ spec }: Deployment): readonly FieldError[] {
  const errors: FieldError[] = []
  checkNotNegative(spec?.replicas, 'spec.replicas', errors)
  checkWorkloadSelector(spec?.selector, 'deployment', errors)
  if (checkTemplateMatches(spec?.selector, spec?.template, 'spec.template', errors)) {
    checkLastingTemplate(spec?.template, 'ReplicaSet', errors)
  } else errors.push(invalidValue('spec.selector', spec?.selector, 'invalid label selector'))
  checkStrategy(spec?.strategy ?? {}, 'spec.strategy', errors)
  checkNotNegative(spec?.minReadySeconds, 'spec.minReadySeconds', errors)
  checkNotNegative(spec?.revisionHistoryLimit, 'spec.revisionHistoryLimit', errors)
  const deadline = spec?.progressDeadlineSeconds
  checkNotNegative(deadline, 'spec.progressDeadlineSeconds', errors)
  if (deadline !== undefined && deadline <= (spec?.minReadySeconds ?? 0)) {
    const detail = 'must be greater than minReadySeconds'
    errors.push(invalidValue('spec.progressDeadlineSeconds', deadline, detail))
  }
  return errors
}

function checkStrategy(strategy: DeploymentStrategy, path: string, errors: Errors): void {
  const { type: kind, rollingUpdate } = strategy
  if (kind === 'Recreate') {
    if (rollingUpdate === undefined) return
    const detail = "may not be specified when strategy `type` is 'Recreate'"
    errors.push(forbiddenField(`${path}.rollingUpdate`, detail))
  } else if (kind === 'RollingUpdate') {
    checkRollingUpdate(rollingUpdate, `${path}.rollingUpdate`, errors)
  } else checkEnum(kind, ['Recreate', 'RollingUpdate'], `${path}.type`, errors)
}

function checkRollingUpdate(
  update: DeploymentStrategy['rollingUpdate'],
  path: string,
  errors: Errors,
): void {
  if (update === undefined) {
    errors.push(required(path, 'this should be defaulted and never be nil'))
    return
  }
  const { maxUnavailable, maxSurge } = update
  checkPositiveIntOrPercent(maxUnavailable, `${path}.maxUnavailable`, errors)
  checkPositiveIntOrPercent(maxSurge, `${path}.maxSurge`, errors)
  if (countOrPercent(maxUnavailable) === 0 && countOrPercent(maxSurge) === 0) {
    const detail = 'may not be 0 when `maxSurge` is 0'
    errors.push(invalidValue(`${path}.maxUnavailable`, maxUnavailable, detail))
  }
  checkNotMoreThan100Percent(maxUnavailable, `${path}.maxUnavailable`, errors)
}

function validateStatus(next: Deployment, prior: Deployment): readonly FieldError[] {
  const errors: FieldError[] = []
  const counters = [
    'observedGeneration',
    'replicas',
    'updatedReplicas',
    'readyReplicas',
    'availableReplicas',
    'unavailableReplicas',
    'terminatingReplicas',
  ]
  checkCounters(next.status, counters, errors)
  checkReplicaCounters(
    next.status,
    ['updatedReplicas', 'readyReplicas', 'availableReplicas'],
    errors,
  )
  checkCollisionsGrow(next.status, prior.status, errors)
  return errors
}
