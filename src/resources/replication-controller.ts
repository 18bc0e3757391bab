/** Upstream: pkg/registry/core/replicationcontroller/strategy.go, pkg/apis/core/validation/validation.go. */
import type { ReplicationController } from '#api/core/v1.gen.ts'
import { invalidValue, required, type FieldError } from '#api/meta/field-error.ts'
import { replicationcontrollers as type } from '#api/resources.gen.ts'
import { checkNotNegative, type Errors } from './checks/checks.ts'
import { checkCounters, checkLastingTemplate, checkReplicaCounters } from './checks/workload.ts'
import {
  ageColumn,
  formatLabels,
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
import { served } from './served.ts'

export const replicationControllers = defineResource<ReplicationController>({
  ...served(type),
  shortNames: ['rc'],
  categories: ['all'],
  storageKey: 'controllers',
  status: true,
  hasGeneration: true,
  defaultPropagation: 'Orphan',
  scale: {
    replicas: ({ spec }) => spec?.replicas ?? 0,
    setReplicas(controller, replicas) {
      ;(controller.spec ??= {}).replicas = replicas
    },
    statusReplicas: ({ status }) => status?.replicas ?? 0,
    selector: ({ spec }) =>
      Object.keys(spec?.selector ?? {}).length === 0 ? '' : formatLabels(spec?.selector),
  },
  validateName: subdomainName,
  default: defaultController,
  prepareForCreate(controller) {
    controller.status = { replicas: 0 }
    controller.metadata.generation = 1
  },
  prepareForUpdate(next, prior) {
    keepStatus(next, prior)
    raiseGeneration(next, prior, ['spec'])
  },
  prepareForStatusUpdate: keepSpec,
  validate,
  validateUpdate: validate,
  validateStatusUpdate({ status }) {
    const errors: FieldError[] = []
    const counters = [
      'replicas',
      'fullyLabeledReplicas',
      'readyReplicas',
      'availableReplicas',
      'observedGeneration',
    ]
    checkCounters(status, counters, errors)
    checkReplicaCounters(
      status,
      ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'],
      errors,
    )
    return errors
  },
  warnings: ({ spec }) => podTemplateWarnings(spec?.template, 'spec.template'),
  selectableFields: { 'status.replicas': ({ status }) => String(status?.replicas ?? 0) },
  columns: [
    nameColumn(),
    integerColumn(
      'Desired',
      'Replicas is the number of desired replicas.',
      ({ spec }) => spec?.replicas,
    ),
    integerColumn(
      'Current',
      'Replicas is the most recently observed number of replicas.',
      ({ status }) => status?.replicas ?? 0,
    ),
    integerColumn(
      'Ready',
      'The number of ready replicas for this replication controller.',
      ({ status }) => status?.readyReplicas ?? 0,
    ),
    ageColumn(),
    ...templateColumns<ReplicationController>(({ spec }) => spec?.template),
    wide(
      stringColumn(
        'Selector',
        'Selector is a label query over pods that should match the Replicas count.',
        ({ spec }) => formatLabels(spec?.selector),
      ),
    ),
  ],
})

/** What is not said follows from the labels of the template. */
function defaultController(controller: ReplicationController): void {
  const spec = (controller.spec ??= {})
  const labels = spec.template?.metadata?.labels
  if (labels !== undefined) {
    if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels }
    if (Object.keys(controller.metadata.labels ?? {}).length === 0) {
      controller.metadata.labels = { ...labels }
    }
  }
  spec.replicas ??= 1
  if (spec.template !== undefined) defaultPodTemplate(spec.template)
  controller.status ??= { replicas: 0 }
  controller.status.replicas ??= 0
}

function validate({ spec }: ReplicationController): readonly FieldError[] {
  const errors: FieldError[] = []
  checkNotNegative(spec?.minReadySeconds, 'spec.minReadySeconds', errors)
  if (Object.keys(spec?.selector ?? {}).length === 0) errors.push(required('spec.selector', ''))
  checkNotNegative(spec?.replicas, 'spec.replicas', errors)
  if (spec?.template === undefined) errors.push(required('spec.template', ''))
  else {
    checkSelected(spec.selector ?? {}, spec.template.metadata?.labels ?? {}, errors)
    checkLastingTemplate(spec.template, 'ReplicationController', errors)
  }
  return errors
}

type Labels = Readonly<Record<string, string>>

function checkSelected(selector: Labels, labels: Labels, errors: Errors): void {
  if (Object.keys(selector).every((key) => labels[key] === selector[key])) return
  const detail = '`selector` does not match template `labels`'
  errors.push(invalidValue('spec.template.metadata.labels', labels, detail))
}
