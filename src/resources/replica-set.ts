/** Upstream: pkg/registry/apps/replicaset/strategy.go, pkg/apis/apps/validation/validation.go. */
import type { ReplicaSet } from '#api/apps/v1.gen.ts'
import { invalidValue, type FieldError } from '#api/meta/field-error.ts'
import { formatLabelSelector } from '#api/meta/labels.ts'
import { replicasets as type } from '#api/resources.gen.ts'
import { checkImmutable, checkNotNegative } from './checks/checks.ts'
import {
  checkCounters,
  checkLastingTemplate,
  checkReplicaCounters,
  checkTemplateMatches,
  checkWorkloadSelector,
} from './checks/workload.ts'
import {
  ageColumn,
  integerColumn,
  nameColumn,
  stringColumn,
  templateColumns,
  wide,
} from './columns.ts'
import { keepSpec, keepStatus, raiseGeneration } from './generation.ts'
import { subdomainName } from './names.ts'
import { defaultPodTemplate } from './pod/defaults.ts'
import { podTemplateWarnings } from './pod/warnings.ts'
import { defineResource } from './resource.ts'
import { selectorScale } from './scale.ts'
import { served } from './served.ts'

export const replicaSets = defineResource<ReplicaSet>({
  ...served(type),
  shortNames: ['rs'],
  categories: ['all'],
  status: true,
  hasGeneration: true,
  scale: selectorScale(),
  validateName: subdomainName,
  default(replicaSet) {
    const { spec } = replicaSet
    if (spec === undefined) return
    spec.replicas ??= 1
    defaultPodTemplate((spec.template ??= {}))
    replicaSet.status ??= { replicas: 0 }
    replicaSet.status.replicas ??= 0
  },
  prepareForCreate(replicaSet) {
    replicaSet.status = { replicas: 0 }
    replicaSet.metadata.generation = 1
  },
  prepareForUpdate(next, prior) {
    keepStatus(next, prior)
    raiseGeneration(next, prior, ['spec'])
  },
  prepareForStatusUpdate: keepSpec,
  validate,
  validateUpdate(next, prior) {
    const errors: FieldError[] = [...validate(next)]
    checkImmutable(next.spec?.selector, prior.spec?.selector, 'spec.selector', errors)
    return errors
  },
  validateStatusUpdate: validateStatus,
  warnings: ({ spec }) => podTemplateWarnings(spec?.template, 'spec.template'),
  selectableFields: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
  columns: [
    nameColumn(),
    integerColumn(
      'Desired',
      'Replicas is the number of desired pods.',
      ({ spec }) => spec?.replicas,
    ),
    integerColumn(
      'Current',
      'Replicas is the most recently observed number of non-terminating pods.',
      ({ status }) => status?.replicas ?? 0,
    ),
    integerColumn(
      'Ready',
      'The number of non-terminating pods targeted by this ReplicaSet with a Ready Condition.',
      ({ status }) => status?.readyReplicas ?? 0,
    ),
    ageColumn(),
    ...templateColumns<ReplicaSet>(({ spec }) => spec?.template),
    wide(
      stringColumn(
        'Selector',
        'Selector is a label query over pods that should match the replica count.',
        ({ spec }) => formatLabelSelector(spec?.selector),
      ),
    ),
  ],
})

function validate({ spec }: ReplicaSet): readonly FieldError[] {
  const errors: FieldError[] = []
  checkNotNegative(spec?.replicas, 'spec.replicas', errors)
  checkNotNegative(spec?.minReadySeconds, 'spec.minReadySeconds', errors)
  checkWorkloadSelector(spec?.selector, 'deployment', errors)
  if (checkTemplateMatches(spec?.selector, spec?.template, 'spec.template', errors)) {
    checkLastingTemplate(spec?.template, 'ReplicaSet', errors)
  } else errors.push(invalidValue('spec.selector', spec?.selector, 'invalid label selector'))
  return errors
}

function validateStatus({ status }: ReplicaSet): readonly FieldError[] {
  const errors: FieldError[] = []
  const counters = [
    'replicas',
    'fullyLabeledReplicas',
    'readyReplicas',
    'availableReplicas',
    'terminatingReplicas',
    'observedGeneration',
  ]
  checkCounters(status, counters, errors)
  checkReplicaCounters(
    status,
    ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'],
    errors,
  )
  return errors
}
