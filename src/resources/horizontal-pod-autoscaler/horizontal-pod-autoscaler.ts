/**
 * One kind in two versions, stored as v2. Upstream: pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go.
 */
import type { HorizontalPodAutoscaler as V1 } from '#api/autoscaling/v1.gen.ts'
import type { HorizontalPodAutoscaler as V2 } from '#api/autoscaling/v2.gen.ts'
import { invalidValue, type FieldError } from '#api/meta/field-error.ts'
import type { ApiObject } from '#api/resource-type.ts'
import {
  horizontalpodautoscalers as v2Type,
  horizontalpodautoscalersAutoscalingV1 as v1Type,
} from '#api/resources.gen.ts'
import { keepSpec, keepStatus } from '#resources/generation.ts'
import { subdomainName } from '#resources/names.ts'
import { defineResource, type Resource } from '#resources/resource.ts'
import { served } from '#resources/served.ts'
import { annotations } from './annotations.ts'
import { autoscalerColumns } from './columns.ts'
import { toV1, toV2 } from './conversion.ts'
import { defaultAutoscaler } from './defaults.ts'
import {
  fromV1Behavior,
  fromV1Metrics,
  fromV1Statuses,
  readAnnotation,
} from './from-annotations.ts'
import { validateAutoscaler, validateAutoscalerStatus } from './validate.ts'

const both = {
  shortNames: ['hpa'],
  categories: ['all'],
  status: true,
  validateName: subdomainName,
} satisfies Partial<Resource>

const noReplicas = { currentReplicas: 0, desiredReplicas: 0 }

export const horizontalPodAutoscalers = defineResource<V2>({
  ...served(v2Type),
  ...both,
  default: defaultAutoscaler,
  prepareForCreate(autoscaler) {
    autoscaler.status = { desiredReplicas: 0 }
    dropAnnotations(autoscaler, Object.values(annotations))
  },
  prepareForUpdate(next, prior) {
    keepStatus(next, prior)
    dropAnnotations(next, Object.values(annotations))
  },
  prepareForStatusUpdate: keepSpec,
  validate: (autoscaler) => validateAutoscaler(autoscaler),
  validateUpdate: validateAutoscaler,
  validateStatusUpdate: validateAutoscalerStatus,
  columns: autoscalerColumns<V2>((autoscaler) => autoscaler),
})

const statusAnnotations = [annotations.currentMetrics, annotations.conditions]
const specAnnotations = [annotations.metrics, annotations.behavior]

export const horizontalPodAutoscalersV1 = defineResource<V1>({
  ...served(v1Type),
  ...both,
  conversion: {
    fromStored: (stored: ApiObject) => toV1(stored as V2),
    toStored: toV2,
  },
  default({ spec }) {
    spec.minReplicas ??= 1
  },
  prepareForCreate(autoscaler) {
    autoscaler.status = { ...noReplicas }
    dropAnnotations(autoscaler, statusAnnotations)
  },
  prepareForUpdate(next, prior) {
    keepStatus(next, prior)
    keepAnnotations(next, prior, statusAnnotations)
  },
  prepareForStatusUpdate(next, prior) {
    keepSpec(next, prior)
    keepAnnotations(next, prior, specAnnotations)
  },
  validate: (autoscaler) => [...unreadable(autoscaler), ...validateAutoscaler(toV2(autoscaler))],
  validateUpdate: (next, prior) => [
    ...unreadable(next),
    ...validateAutoscaler(toV2(next), toV2(prior)),
  ],
  validateStatusUpdate: (next) => [...unreadable(next), ...validateAutoscalerStatus(toV2(next))],
  columns: autoscalerColumns<V1>(toV2),
})

function dropAnnotations({ metadata }: ApiObject, names: readonly string[]): void {
  for (const name of names) delete metadata.annotations?.[name]
}

/** Those stand for fields that this write may not change. */
function keepAnnotations(next: ApiObject, prior: ApiObject, names: readonly string[]): void {
  dropAnnotations(next, names)
  const kept = Object.entries(prior.metadata.annotations ?? {}).filter(([name]) =>
    names.includes(name),
  )
  if (kept.length === 0) return
  next.metadata.annotations = { ...next.metadata.annotations, ...Object.fromEntries(kept) }
}

const readers: Readonly<Record<string, (value: unknown) => unknown>> = {
  [annotations.metrics]: fromV1Metrics,
  [annotations.currentMetrics]: fromV1Statuses,
  [annotations.behavior]: fromV1Behavior,
}

/** Upstream's decoder fails on these, without a word about which. */
function unreadable({ metadata }: ApiObject): readonly FieldError[] {
  const { annotations: all } = metadata
  return Object.entries(readers).flatMap(([name, read]) => {
    const text = all?.[name]
    if (text === undefined || readAnnotation(all, name, read) !== undefined) return []
    return [
      invalidValue(`metadata.annotations[${name}]`, text, 'must be the JSON that it stands for'),
    ]
  })
}
