/** Upstream: pkg/registry/apps/daemonset/strategy.go, pkg/apis/apps/validation/validation.go. */
import type { DaemonSet, DaemonSetStatus, DaemonSetUpdateStrategy } from '#api/apps/v1.gen.ts'
import { invalidValue, required, type FieldError } from '#api/meta/field-error.ts'
import { formatLabelSelector } from '#api/meta/labels.ts'
import { daemonsets as type } from '#api/resources.gen.ts'
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
  checkTemplateMatches,
  checkWorkloadSelector,
  countOrPercent,
} from './checks/workload.ts'
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

const templateGeneration = 'deprecated.daemonset.template.generation'

export const daemonSets = defineResource<DaemonSet>({
  ...served(type),
  shortNames: ['ds'],
  categories: ['all'],
  status: true,
  hasGeneration: true,
  validateName: subdomainName,
  default: defaultDaemonSet,
  prepareForCreate(daemonSet) {
    daemonSet.status = { ...nothing }
    daemonSet.metadata.generation = 1
    setTemplateGeneration(daemonSet, 1)
  },
  prepareForUpdate(next, prior) {
    keepStatus(next, prior)
    raiseGeneration(next, prior, ['spec'])
    const before = Number(prior.metadata.annotations?.[templateGeneration] ?? '0')
    const changed = !semanticEqual(next.spec?.template, prior.spec?.template)
    setTemplateGeneration(next, changed ? before + 1 : before)
  },
  prepareForStatusUpdate: keepSpec,
  validate,
  validateUpdate(next, prior) {
    const errors: FieldError[] = [...validate(next)]
    checkImmutable(next.spec?.selector, prior.spec?.selector, 'spec.selector', errors)
    return errors
  },
  validateStatusUpdate(next, prior) {
    const errors: FieldError[] = []
    checkCounters(next.status, [...Object.keys(nothing), ...optionalCounters], errors)
    checkCollisionsGrow(next.status, prior.status, errors)
    return errors
  },
  warnings: ({ spec }) => podTemplateWarnings(spec?.template, 'spec.template'),
  columns: [
    nameColumn(),
    counter(
      'Desired',
      'desiredNumberScheduled',
      'The total number of nodes that should be running the daemon pod.',
    ),
    counter(
      'Current',
      'currentNumberScheduled',
      'The number of nodes that are running at least 1 daemon pod and are supposed to run the daemon pod.',
    ),
    counter(
      'Ready',
      'numberReady',
      'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running with a Ready Condition.',
    ),
    counter(
      'Up-to-date',
      'updatedNumberScheduled',
      'The total number of nodes that are running updated daemon pod',
    ),
    counter(
      'Available',
      'numberAvailable',
      'The number of nodes that should be running the daemon pod and have one or more of the daemon pod running and available.',
    ),
    stringColumn(
      'Node Selector',
      'NodeSelector is a selector which must be true for the pod to fit on a node.',
      ({ spec }) => formatLabels(spec?.template?.spec?.nodeSelector),
    ),
    ageColumn(),
    ...templateColumns<DaemonSet>(({ spec }) => spec?.template),
    wide(
      stringColumn(
        'Selector',
        'A label query over pods that are managed by the daemon set.',
        ({ spec }) => formatLabelSelector(spec?.selector),
      ),
    ),
  ],
})

const nothing: DaemonSetStatus = {
  currentNumberScheduled: 0,
  numberMisscheduled: 0,
  desiredNumberScheduled: 0,
  numberReady: 0,
}

const optionalCounters = [
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
]

function counter(
  name: string,
  field: Exclude<keyof DaemonSetStatus, 'conditions'>,
  description: string,
): ReturnType<typeof integerColumn<DaemonSet>> {
  return integerColumn(name, description, ({ status }) => status?.[field] ?? 0)
}

/** Counts templates, for clients of the time before ControllerRevisions. */
function setTemplateGeneration({ metadata }: DaemonSet, generation: number): void {
  const annotations = (metadata.annotations ??= {})
  annotations[templateGeneration] = String(generation)
}

function defaultDaemonSet(daemonSet: DaemonSet): void {
  const { spec } = daemonSet
  if (spec === undefined) return
  const strategy = (spec.updateStrategy ??= {})
  strategy.type ||= 'RollingUpdate'
  if (strategy.type === 'RollingUpdate') {
    const update = (strategy.rollingUpdate ??= {})
    update.maxUnavailable ??= 1
    update.maxSurge ??= 0
  }
  spec.revisionHistoryLimit ??= 10
  defaultPodTemplate((spec.template ??= {}))
  daemonSet.status = { ...nothing, ...daemonSet.status }
}

function validate({ spec }: DaemonSet): readonly FieldError[] {
  const errors: FieldError[] = []
  checkWorkloadSelector(spec?.selector, 'daemonset', errors)
  checkTemplateMatches(spec?.selector, spec?.template, 'spec.template', errors)
  checkLastingTemplate(spec?.template, 'DaemonSet', errors)
  checkNotNegative(spec?.minReadySeconds, 'spec.minReadySeconds', errors)
  checkUpdateStrategy(spec?.updateStrategy ?? {}, 'spec.updateStrategy', errors)
  checkNotNegative(spec?.revisionHistoryLimit, 'spec.revisionHistoryLimit', errors)
  return errors
}

function checkUpdateStrategy(
  { type: kind, rollingUpdate }: DaemonSetUpdateStrategy,
  path: string,
  errors: Errors,
): void {
  if (kind === 'OnDelete') return
  if (kind !== 'RollingUpdate') {
    checkEnum(kind, ['RollingUpdate', 'OnDelete'], `${path}.type`, errors)
    return
  }
  const here = `${path}.rollingUpdate`
  if (rollingUpdate === undefined) {
    errors.push(required(here, ''))
    return
  }
  const { maxUnavailable, maxSurge } = rollingUpdate
  for (const field of ['maxUnavailable', 'maxSurge'] as const) {
    checkPositiveIntOrPercent(rollingUpdate[field], `${here}.${field}`, errors)
    checkNotMoreThan100Percent(rollingUpdate[field], `${here}.${field}`, errors)
  }
  const mayBeUnavailable = countOrPercent(maxUnavailable) !== 0
  const maySurge = countOrPercent(maxSurge) !== 0
  if (mayBeUnavailable && maySurge) {
    const detail = 'may not be set when maxUnavailable is non-zero'
    errors.push(invalidValue(`${here}.maxSurge`, maxSurge, detail))
  } else if (!mayBeUnavailable && !maySurge) {
    errors.push(required(`${here}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'))
  }
}
