/** Upstream: pkg/registry/apps/statefulset/strategy.go, pkg/apis/apps/validation/validation.go. */
import type { StatefulSet, StatefulSetSpec } from '#api/apps/v1.gen.ts'
import { forbiddenField, invalidValue, required, type FieldError } from '#api/meta/field-error.ts'
import { statefulsets as type } from '#api/resources.gen.ts'
import { defaultClaim } from './claim/defaults.ts'
import {
  checkNotMoreThan100Percent,
  checkNotNegative,
  checkPositiveIntOrPercent,
  checkSupported,
  empty,
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
import { ageColumn, nameColumn, stringColumn, templateColumns } from './columns.ts'
import { keepSpec, keepStatus, raiseGeneration } from './generation.ts'
import { labelName } from './names.ts'
import { defaultPodTemplate } from './pod/defaults.ts'
import { podTemplateWarnings } from './pod/warnings.ts'
import { defineResource } from './resource.ts'
import { selectorScale } from './scale.ts'
import { served } from './served.ts'

export const statefulSets = defineResource<StatefulSet>({
  ...served(type),
  shortNames: ['sts'],
  categories: ['all'],
  status: true,
  hasGeneration: true,
  scale: selectorScale(),
  validateName: labelName,
  default: defaultStatefulSet,
  prepareForCreate(statefulSet) {
    statefulSet.status = { replicas: 0, availableReplicas: 0 }
    statefulSet.metadata.generation = 1
  },
  prepareForUpdate(next, prior) {
    keepStatus(next, prior)
    raiseGeneration(next, prior, ['spec'])
  },
  prepareForStatusUpdate: keepSpec,
  validate,
  validateUpdate,
  validateStatusUpdate: validateStatus,
  warnings({ spec }) {
    const warnings = [...podTemplateWarnings(spec?.template, 'spec.template')]
    if ((spec?.revisionHistoryLimit ?? 0) < 0) {
      warnings.push(
        'spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended',
      )
    }
    return warnings
  },
  columns: [
    nameColumn(),
    stringColumn(
      'Ready',
      'Number of the pod with ready state',
      ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`,
    ),
    ageColumn(),
    ...templateColumns<StatefulSet>(({ spec }) => spec?.template),
  ],
})

function defaultStatefulSet(statefulSet: StatefulSet): void {
  const { spec } = statefulSet
  if (spec === undefined) return
  spec.podManagementPolicy ||= 'OrderedReady'
  const strategy = (spec.updateStrategy ??= {})
  if (empty(strategy.type)) {
    strategy.type = 'RollingUpdate'
    strategy.rollingUpdate ??= {}
  }
  if (strategy.type === 'RollingUpdate' && strategy.rollingUpdate !== undefined) {
    strategy.rollingUpdate.partition ??= 0
  }
  const retention = (spec.persistentVolumeClaimRetentionPolicy ??= {})
  retention.whenDeleted ||= 'Retain'
  retention.whenScaled ||= 'Retain'
  spec.replicas ??= 1
  spec.revisionHistoryLimit ??= 10
  for (const claim of spec.volumeClaimTemplates ?? []) {
    claim.apiVersion = 'v1'
    claim.kind = 'PersistentVolumeClaim'
    defaultClaim(claim)
  }
  defaultPodTemplate((spec.template ??= {}))
  statefulSet.status ??= { replicas: 0 }
  statefulSet.status.replicas ??= 0
  statefulSet.status.availableReplicas ??= 0
}

function validate({ spec }: StatefulSet): readonly FieldError[] {
  const errors: FieldError[] = []
  if (spec === undefined) return [required('spec.selector', '')]
  checkManagement(spec, errors)
  checkUpdateStrategy(spec, errors)
  checkNotNegative(spec.replicas, 'spec.replicas', errors)
  checkNotNegative(spec.minReadySeconds, 'spec.minReadySeconds', errors)
  checkNotNegative(spec.ordinals?.start, 'spec.ordinals.start', errors)
  checkWorkloadSelector(spec.selector, 'statefulset', errors)
  if (checkTemplateMatches(spec.selector, spec.template, 'spec.template', errors)) {
    checkLastingTemplate(spec.template, 'StatefulSet', errors)
  } else errors.push(invalidValue('spec.selector', spec.selector, 'invalid label selector'))
  return errors
}

const retentions = ['Delete', 'Retain']

function checkManagement(spec: StatefulSetSpec, errors: Errors): void {
  const policy = spec.podManagementPolicy
  const path = 'spec.podManagementPolicy'
  if (empty(policy)) errors.push(required(path, ''))
  else if (policy !== 'OrderedReady' && policy !== 'Parallel') {
    errors.push(invalidValue(path, policy, "must be 'OrderedReady' or 'Parallel'"))
  }
  const retention = spec.persistentVolumeClaimRetentionPolicy
  const here = 'spec.persistentVolumeClaimRetentionPolicy'
  checkSupported(retention?.whenDeleted, retentions, `${here}.whenDeleted`, errors)
  checkSupported(retention?.whenScaled, retentions, `${here}.whenScaled`, errors)
}

function checkUpdateStrategy(spec: StatefulSetSpec, errors: Errors): void {
  const path = 'spec.updateStrategy'
  const { type: kind, rollingUpdate } = spec.updateStrategy ?? {}
  if (empty(kind)) errors.push(required(`${path}.type`, ''))
  else if (kind === 'OnDelete') {
    if (rollingUpdate === undefined) return
    const detail = "only allowed for updateStrategy 'RollingUpdate'"
    errors.push(invalidValue(`${path}.rollingUpdate`, rollingUpdate, detail))
  } else if (kind === 'RollingUpdate') {
    if (rollingUpdate === undefined) return
    const here = `${path}.rollingUpdate`
    checkNotNegative(rollingUpdate.partition, `${here}.partition`, errors)
    const { maxUnavailable } = rollingUpdate
    if (maxUnavailable === undefined) return
    checkPositiveIntOrPercent(maxUnavailable, `${here}.maxUnavailable`, errors)
    if (countOrPercent(maxUnavailable) === 0) {
      errors.push(invalidValue(`${here}.maxUnavailable`, maxUnavailable, 'cannot be 0'))
    }
    checkNotMoreThan100Percent(maxUnavailable, `${here}.maxUnavailable`, errors)
  } else {
    errors.push(invalidValue(`${path}.type`, kind, "must be 'RollingUpdate' or 'OnDelete'"))
  }
}

const changeable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const

function validateUpdate(next: StatefulSet, prior: StatefulSet): readonly FieldError[] {
  const errors: FieldError[] = [...validate(next)]
  const asked: Partial<StatefulSetSpec> = { ...next.spec }
  const before: Partial<StatefulSetSpec> = { ...prior.spec }
  for (const field of changeable) {
    delete asked[field]
    delete before[field]
  }
  if (!semanticEqual(asked, before)) {
    errors.push(
      forbiddenField(
        'spec',
        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ),
    )
  }
  return errors
}

function validateStatus(next: StatefulSet, prior: StatefulSet): readonly FieldError[] {
  const errors: FieldError[] = []
  const counters = [
    'replicas',
    'readyReplicas',
    'currentReplicas',
    'updatedReplicas',
    'availableReplicas',
    'observedGeneration',
  ]
  checkCounters(next.status, counters, errors)
  checkCollisionsGrow(next.status, prior.status, errors)
  checkReplicaCounters(
    next.status,
    ['readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'],
    errors,
  )
  return errors
}
