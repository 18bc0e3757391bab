/**
 * What autoscaling/v1 has no fields for is kept in annotations there, in shapes of its own.
 * Upstream: pkg/apis/autoscaling/v1/conversion.go, pkg/apis/autoscaling/annotations.go,
 * k8s.io/api/autoscaling/v1/types.go.
 */
import type {
  HorizontalPodAutoscalerBehavior,
  HPAScalingRules,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from '#api/autoscaling/v2.gen.ts'

export const annotations = {
  metrics: 'autoscaling.alpha.kubernetes.io/metrics',
  currentMetrics: 'autoscaling.alpha.kubernetes.io/current-metrics',
  conditions: 'autoscaling.alpha.kubernetes.io/conditions',
  behavior: 'autoscaling.alpha.kubernetes.io/behavior',
} as const

type Json = Record<string, unknown>

/** A metric as v1 writes it: fields of its source and target side by side. */
export function toV1Metric(metric: MetricSpec): Json {
  const { type, object, pods, resource, containerResource, external } = metric
  return {
    type,
    ...(object && {
      object: {
        target: reference(object.describedObject),
        metricName: object.metric.name,
        targetValue: object.target.value ?? '0',
        selector: object.metric.selector,
        averageValue: object.target.averageValue,
      },
    }),
    ...(pods && {
      pods: {
        metricName: pods.metric.name,
        targetAverageValue: pods.target.averageValue ?? '0',
        selector: pods.metric.selector,
      },
    }),
    ...(resource && { resource: { name: resource.name, ...averageTarget(resource.target) } }),
    ...(containerResource && {
      containerResource: {
        name: containerResource.name,
        ...averageTarget(containerResource.target),
        container: containerResource.container,
      },
    }),
    ...(external && {
      external: {
        metricName: external.metric.name,
        metricSelector: external.metric.selector,
        targetValue: external.target.value,
        targetAverageValue: external.target.averageValue,
      },
    }),
  }
}

interface Reference {
  readonly kind: string
  readonly name: string
  readonly apiVersion?: string
}

function reference({ kind, name, apiVersion }: Reference): Json {
  return { kind, name, apiVersion }
}

function averageTarget({ averageUtilization, averageValue }: MetricTarget): Json {
  return { targetAverageUtilization: averageUtilization, targetAverageValue: averageValue }
}

export function toV1Status(status: MetricStatus): Json {
  const { type, object, pods, resource, containerResource, external } = status
  return {
    type,
    ...(object && {
      object: {
        target: reference(object.describedObject),
        metricName: object.metric.name,
        currentValue: object.current.value ?? '0',
        selector: object.metric.selector,
        averageValue: object.current.averageValue,
      },
    }),
    ...(pods && {
      pods: {
        metricName: pods.metric.name,
        currentAverageValue: pods.current.averageValue ?? '0',
        selector: pods.metric.selector,
      },
    }),
    ...(resource && { resource: { name: resource.name, ...averageNow(resource.current) } }),
    ...(containerResource && {
      containerResource: {
        name: containerResource.name,
        ...averageNow(containerResource.current),
        container: containerResource.container,
      },
    }),
    ...(external && {
      external: {
        metricName: external.metric.name,
        metricSelector: external.metric.selector,
        currentValue: external.current.value ?? '0',
        currentAverageValue: external.current.averageValue,
      },
    }),
  }
}

function averageNow({ averageUtilization, averageValue }: MetricValueStatus): Json {
  return {
    currentAverageUtilization: averageUtilization,
    currentAverageValue: averageValue ?? '0',
  }
}

/** Go writes its internal type here, with its own names. */
export function toV1Behavior({ scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior): Json {
  return { ScaleUp: rulesToV1(scaleUp), ScaleDown: rulesToV1(scaleDown) }
}

function rulesToV1(rules: HPAScalingRules | undefined): Json | null {
  if (rules === undefined) return null
  const { stabilizationWindowSeconds, selectPolicy, policies, tolerance } = rules
  return {
    StabilizationWindowSeconds: stabilizationWindowSeconds ?? null,
    SelectPolicy: selectPolicy ?? null,
    Policies:
      policies?.map(({ type, value, periodSeconds }) => ({
        Type: type,
        Value: value,
        PeriodSeconds: periodSeconds,
      })) ?? null,
    Tolerance: tolerance ?? null,
  }
}
