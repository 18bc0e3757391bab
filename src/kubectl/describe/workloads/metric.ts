/** A metric of an autoscaler: its name, what it is and what it should be. */
import type { MetricSpec, MetricStatus, MetricTarget } from '#api/autoscaling/v2.gen.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { quantityText } from '#kubectl/describe/values.ts'

interface Current {
  readonly averageUtilization?: number
  readonly averageValue?: string
  readonly value?: string
}

/** `resource cpu on pods  (as a percentage of request):\t12% (10m) / 80%`. */
export function metricText(spec: MetricSpec, status: MetricStatus | undefined): string {
  const { external, pods, object, resource, containerResource } = spec
  if (external !== undefined) {
    const name = goQuote(external.metric.name)
    const current = status?.external?.current
    if (external.target.averageValue !== undefined) {
      const now = current?.averageValue === undefined ? undefined : current
      return `${name} (target average value):\t${averages(now, external.target)}`
    }
    return `${name} (target value):\t${values(current, external.target)}`
  }
  if (pods !== undefined) {
    return `${goQuote(pods.metric.name)} on pods:\t${averages(status?.pods?.current, pods.target)}`
  }
  if (object !== undefined) {
    const { kind, name } = object.describedObject
    const head = `"${object.metric.name}" on ${kind}/${name} `
    const current = status?.object?.current
    return object.target.type === 'AverageValue'
      ? `${head}(target average value):\t${averages(current, object.target)}`
      : `${head}(target value):\t${values(current, object.target)}`
  }
  if (resource !== undefined) {
    const head = `resource ${resource.name} on pods`
    return `${head}${utilization(status?.resource?.current, resource.target)}`
  }
  if (containerResource !== undefined) {
    const { name, container, target } = containerResource
    const head = `resource ${name} of container "${container}" on pods`
    return `${head}${utilization(status?.containerResource?.current, target)}`
  }
  return `<unknown metric type ${goQuote(spec.type)}>`
}

function averages(current: Current | undefined, target: MetricTarget): string {
  return `${known(current, 'averageValue')} / ${quantityText(target.averageValue)}`
}

function values(current: Current | undefined, target: MetricTarget): string {
  return `${known(current, 'value')} / ${quantityText(target.value)}`
}

function known(current: Current | undefined, field: 'value' | 'averageValue'): string {
  return current === undefined ? '<unknown>' : quantityText(current[field])
}

function utilization(current: Current | undefined, target: MetricTarget): string {
  if (target.averageValue !== undefined) return `:\t${averages(current, target)}`
  const { averageUtilization: now, averageValue } = current ?? {}
  const is = now === undefined ? '<unknown>' : `${now}% (${quantityText(averageValue)})`
  const wanted = target.averageUtilization
  return `  (as a percentage of request):\t${is} / ${wanted === undefined ? '<auto>' : `${wanted}%`}`
}
