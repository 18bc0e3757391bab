/** The way back: what annotations of autoscaling/v1 say. Upstream: pkg/apis/autoscaling/v1/conversion.go. */
import type {
  HorizontalPodAutoscalerBehavior,
  HPAScalingRules,
  MetricSpec,
  MetricStatus,
} from '#api/autoscaling/v2.gen.ts'

type Json = Readonly<Record<string, unknown>>

/** Undefined: there is none, or it is no such thing, which validation tells. */
export function readAnnotation<T>(
  annotations: Readonly<Record<string, string>> | undefined,
  name: string,
  read: (value: unknown) => T,
): T | undefined {
  const text = annotations?.[name]
  if (text === undefined) return undefined
  try {
    return read(JSON.parse(text))
  } catch {
    return undefined
  }
}

export function fromV1Metrics(value: unknown): MetricSpec[] {
  return list(value).map((metric) => clean<MetricSpec>(fromV1Metric(mapping(metric))))
}

export function fromV1Statuses(value: unknown): MetricStatus[] {
  return list(value).map((status) => clean<MetricStatus>(fromV1Status(mapping(status))))
}

function fromV1Metric({ type, object, pods, resource, containerResource, external }: Json): Json {
  return {
    type,
    object: optional(object, (from) => ({
      describedObject: from['target'],
      metric: { name: from['metricName'], selector: from['selector'] },
      target: {
        type: from['averageValue'] === undefined ? 'Value' : 'AverageValue',
        value: from['targetValue'],
        averageValue: from['averageValue'],
      },
    })),
    pods: optional(pods, (from) => ({
      metric: { name: from['metricName'], selector: from['selector'] },
      target: { type: 'AverageValue', averageValue: from['targetAverageValue'] },
    })),
    resource: optional(resource, (from) => ({ name: from['name'], target: averageTarget(from) })),
    containerResource: optional(containerResource, (from) => ({
      name: from['name'],
      container: from['container'],
      target: averageTarget(from),
    })),
    external: optional(external, (from) => ({
      metric: { name: from['metricName'], selector: from['metricSelector'] },
      target: {
        type: from['targetValue'] === undefined ? 'AverageValue' : 'Value',
        value: from['targetValue'],
        averageValue: from['targetAverageValue'],
      },
    })),
  }
}

function averageTarget(from: Json): Json {
  const averageUtilization = from['targetAverageUtilization']
  return {
    type: averageUtilization === undefined ? 'AverageValue' : 'Utilization',
    averageUtilization,
    averageValue: from['targetAverageValue'],
  }
}

function fromV1Status({ type, object, pods, resource, containerResource, external }: Json): Json {
  return {
    type,
    object: optional(object, (from) => ({
      describedObject: from['target'],
      metric: { name: from['metricName'], selector: from['selector'] },
      current: { value: from['currentValue'], averageValue: from['averageValue'] },
    })),
    pods: optional(pods, (from) => ({
      metric: { name: from['metricName'], selector: from['selector'] },
      current: { averageValue: from['currentAverageValue'] },
    })),
    resource: optional(resource, (from) => ({ name: from['name'], current: averageNow(from) })),
    containerResource: optional(containerResource, (from) => ({
      name: from['name'],
      container: from['container'],
      current: averageNow(from),
    })),
    external: optional(external, (from) => ({
      metric: { name: from['metricName'], selector: from['metricSelector'] },
      current: { value: from['currentValue'], averageValue: from['currentAverageValue'] },
    })),
  }
}

function averageNow(from: Json): Json {
  return {
    averageUtilization: from['currentAverageUtilization'],
    averageValue: from['currentAverageValue'],
  }
}

/** Names in any case, as Go reads them. */
export function fromV1Behavior(value: unknown): HorizontalPodAutoscalerBehavior {
  const { scaleup, scaledown } = lowered(mapping(value))
  return clean({ scaleUp: optional(scaleup, rules), scaleDown: optional(scaledown, rules) })
}

function rules(from: Json): Partial<HPAScalingRules> {
  const { stabilizationwindowseconds, selectpolicy, policies, tolerance } = lowered(from)
  return {
    stabilizationWindowSeconds: stabilizationwindowseconds as number,
    selectPolicy: selectpolicy as string,
    policies: list(policies ?? []).map((policy) => {
      const { type, value, periodseconds } = lowered(mapping(policy))
      return { type: String(type), value: Number(value), periodSeconds: Number(periodseconds) }
    }),
    tolerance: tolerance as string,
  }
}

function lowered(from: Json): Json {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key.toLowerCase(), value]))
}

function optional<T>(value: unknown, read: (value: Json) => T): T | undefined {
  return value === undefined || value === null ? undefined : read(mapping(value))
}

/** Throws for what is none: the annotation is unreadable then. */
function mapping(value: unknown): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  throw new TypeError('no object')
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw new TypeError('no list')
}

/** Without fields that are not set. */
function clean<T>(value: unknown): T {
  return JSON.parse(JSON.stringify(value, (_key, item: unknown) => item ?? undefined)) as T
}
