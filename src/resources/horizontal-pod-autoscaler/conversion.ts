/** autoscaling/v1 and v2. Upstream: pkg/apis/autoscaling/v1/conversion.go. */
import type { HorizontalPodAutoscaler as V1 } from '#api/autoscaling/v1.gen.ts'
import type {
  HorizontalPodAutoscaler as V2,
  HorizontalPodAutoscalerCondition,
  MetricSpec,
  MetricStatus,
} from '#api/autoscaling/v2.gen.ts'
import { goStructJson } from '#api/meta/go-quote.ts'
import { annotations, toV1Behavior, toV1Metric, toV1Status } from './annotations.ts'
import { defaultCpuPercent, defaultMetric } from './defaults.ts'
import {
  fromV1Behavior,
  fromV1Metrics,
  fromV1Statuses,
  readAnnotation,
} from './from-annotations.ts'

export function toV1(object: V2): V1 {
  const { metadata, spec, status } = object
  const { metrics = [], behavior, minReplicas, ...target } = spec
  const { currentMetrics = [], conditions = [], ...counters } = status ?? { desiredReplicas: 0 }
  const cpu = metrics.find(isCpu)?.resource?.target.averageUtilization
  const cpuNow = currentMetrics.findLast(isCpu)?.resource?.current.averageUtilization
  const others = metrics.filter((metric) => !isCpuUtilization(metric))
  const kept = {
    ...(others.length > 0 && { [annotations.metrics]: goStructJson(others.map(toV1Metric)) }),
    ...(currentMetrics.length > 0 && {
      [annotations.currentMetrics]: goStructJson(currentMetrics.map(toV1Status)),
    }),
    ...(conditions.length > 0 && {
      [annotations.conditions]: goStructJson(conditions.map(toV1Condition)),
    }),
    ...(behavior && { [annotations.behavior]: goStructJson(toV1Behavior(behavior)) }),
  }
  return {
    ...object,
    apiVersion: 'autoscaling/v1',
    metadata: withAnnotations(metadata, { ...metadata.annotations, ...kept }),
    spec: {
      ...target,
      ...(minReplicas !== undefined && { minReplicas }),
      ...(cpu !== undefined && { targetCPUUtilizationPercentage: cpu }),
    },
    status: {
      ...counters,
      currentReplicas: counters.currentReplicas ?? 0,
      ...(cpuNow !== undefined && { currentCPUUtilizationPercentage: cpuNow }),
    },
  }
}

export function toV2(object: V1): V2 {
  const { metadata, spec, status } = object
  const { targetCPUUtilizationPercentage: cpu, ...target } = spec
  const { currentCPUUtilizationPercentage: cpuNow, ...counters } = status ?? {
    currentReplicas: 0,
    desiredReplicas: 0,
  }
  const { annotations: all = {} } = metadata
  const others = readAnnotation(all, annotations.metrics, fromV1Metrics) ?? []
  const metrics = cpu === undefined ? others : [...others, defaultMetric(cpu)]
  const currentMetrics =
    readAnnotation(all, annotations.currentMetrics, fromV1Statuses) ?? cpuStatus(cpuNow)
  const behavior = readAnnotation(all, annotations.behavior, fromV1Behavior)
  const conditions = readAnnotation(all, annotations.conditions, conditionsIn)
  const dropped: readonly string[] = Object.values(annotations)
  const own = Object.entries(all).filter(([name]) => !dropped.includes(name))
  return {
    ...object,
    apiVersion: 'autoscaling/v2',
    metadata: withAnnotations(metadata, Object.fromEntries(own)),
    spec: {
      ...target,
      metrics: metrics.length > 0 ? metrics : [defaultMetric(defaultCpuPercent)],
      ...(behavior && { behavior }),
    },
    status: {
      ...counters,
      ...(currentMetrics.length > 0 && { currentMetrics }),
      ...(conditions && { conditions }),
    },
  }
}

function isCpu({ type, resource }: MetricSpec | MetricStatus): boolean {
  return type === 'Resource' && resource?.name === 'cpu'
}

function isCpuUtilization(metric: MetricSpec): boolean {
  return isCpu(metric) && metric.resource?.target.averageUtilization !== undefined
}

function cpuStatus(averageUtilization: number | undefined): MetricStatus[] {
  if (averageUtilization === undefined) return []
  return [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization } } }]
}

/** In the order of Go's struct. */
function toV1Condition(condition: HorizontalPodAutoscalerCondition) {
  const { type, status, lastTransitionTime = null, reason, message } = condition
  return { type, status, lastTransitionTime, reason, message }
}

function conditionsIn(value: unknown): HorizontalPodAutoscalerCondition[] {
  if (!Array.isArray(value)) throw new TypeError('no list')
  return value.map((condition: HorizontalPodAutoscalerCondition) => {
    const { lastTransitionTime, ...rest } = condition
    return lastTransitionTime === null ? rest : condition
  })
}

function withAnnotations<T extends V1['metadata']>(
  { annotations: _before, ...metadata }: T,
  kept: Record<string, string>,
): V1['metadata'] {
  return Object.keys(kept).length === 0 ? metadata : { ...metadata, annotations: kept }
}
