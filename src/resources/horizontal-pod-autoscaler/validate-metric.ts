/** One metric of an autoscaler. Upstream: pkg/apis/autoscaling/validation/validation.go, validateMetricSpec. */
import type { MetricIdentifier, MetricSpec, MetricTarget } from '#api/autoscaling/v2.gen.ts'
import { forbiddenField, invalidValue, notSupported, required } from '#api/meta/field-error.ts'
import { validateDns1123Label, validatePathSegment } from '#api/meta/names.ts'
import { signOfQuantity } from '#api/meta/quantity.ts'
import { refuse, type Errors } from '#resources/checks/checks.ts'
import { checkReference } from './reference.ts'

type Source = 'object' | 'external' | 'pods' | 'resource' | 'containerResource'

/** In the order in which they are looked at. */
const sources: readonly Source[] = ['object', 'external', 'pods', 'resource', 'containerResource']

const types: Readonly<Record<string, Source>> = {
  ContainerResource: 'containerResource',
  External: 'external',
  Object: 'object',
  Pods: 'pods',
  Resource: 'resource',
}
const typeNames = Object.keys(types)

export function checkMetric(metric: MetricSpec, path: string, errors: Errors): void {
  const { type } = metric
  const expected = types[type]
  if (type === '') errors.push(required(`${path}.type`, 'must specify a metric source type'))
  if (expected === undefined) errors.push(notSupported(`${path}.type`, type, typeNames))
  const present = sources.filter((source) => metric[source] !== undefined)
  const [first] = present
  if (first !== undefined) checkSource(metric, first, { path: `${path}.${first}`, errors })
  if (expected === undefined) {
    errors.push(notSupported(`${path}.type`, type, typeNames))
  } else if (metric[expected] === undefined) {
    errors.push(
      required(`${path}.${expected}`, 'must populate information for the given metric source'),
    )
  }
  if (present.length === 1) return
  for (const source of present.filter((one) => one !== expected)) {
    errors.push(forbiddenField(`${path}.${source}`, 'must populate the given metric source only'))
  }
}

interface Place {
  readonly path: string
  readonly errors: Errors
}

function checkSource(metric: MetricSpec, source: Source, place: Place): void {
  const { object, external, pods, resource, containerResource } = metric
  if (source === 'object' && object) {
    const options = { errors: place.errors, needsGroup: false, isKept: false }
    checkReference(object.describedObject, `${place.path}.describedObject`, options)
    checkIdentifier(object.metric, place)
    checkTarget(object.target, place)
    requireValue(object.target, place, 'must set either a target value or averageValue')
  }
  if (source === 'external' && external) {
    checkIdentifier(external.metric, place)
    checkTarget(external.target, place)
    const detail = 'must set either a target value for metric or a per-pod target'
    requireValue(external.target, place, detail)
    const { value, averageValue } = external.target
    if (value !== undefined && averageValue !== undefined) {
      place.errors.push(
        forbiddenField(
          `${place.path}.target.value`,
          'may not set both a target value for metric and a per-pod target',
        ),
      )
    }
  }
  if (source === 'pods' && pods) {
    checkIdentifier(pods.metric, place)
    checkTarget(pods.target, place)
    if (pods.target.averageValue === undefined) {
      place.errors.push(
        required(
          `${place.path}.target.averageValue`,
          'must specify a positive target averageValue',
        ),
      )
    }
  }
  if (source === 'resource' && resource) checkResource(resource, place)
  if (source === 'containerResource' && containerResource) {
    checkResource(containerResource, place, () =>
      checkContainer(containerResource.container, place),
    )
  }
}

function checkContainer(container: string, { path, errors }: Place): void {
  if (container === '') errors.push(required(`${path}.container`, 'must specify a container'))
  else refuse(errors, `${path}.container`, container, validateDns1123Label(container))
}

interface ResourceSource {
  readonly name: string
  readonly target: MetricTarget
}

function checkResource({ name, target }: ResourceSource, place: Place, more?: () => void): void {
  const { path, errors } = place
  if (name === '') errors.push(required(`${path}.name`, 'must specify a resource name'))
  more?.()
  checkTarget(target, place)
  const { averageUtilization, averageValue } = target
  if (averageUtilization === undefined && averageValue === undefined) {
    errors.push(
      required(
        `${path}.target.averageUtilization`,
        'must set either a target raw value or a target utilization',
      ),
    )
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    errors.push(
      forbiddenField(
        `${path}.target.averageValue`,
        'may not set both a target raw value and a target utilization',
      ),
    )
  }
}

function requireValue(target: MetricTarget, { path, errors }: Place, detail: string): void {
  if (target.value !== undefined || target.averageValue !== undefined) return
  errors.push(required(`${path}.target.averageValue`, detail))
}

const targetTypes = ['Utilization', 'Value', 'AverageValue']

function checkTarget(target: MetricTarget, { path, errors }: Place): void {
  const place = `${path}.target`
  const { type, value, averageValue, averageUtilization } = target
  if (type === '') errors.push(required(`${place}.type`, 'must specify a metric target type'))
  if (!targetTypes.includes(type)) {
    errors.push(
      invalidValue(`${place}.type`, type, 'must be either Utilization, Value, or AverageValue'),
    )
  }
  for (const [field, quantity] of Object.entries({ value, averageValue })) {
    if (quantity !== undefined && signOfQuantity(quantity) !== 1) {
      errors.push(invalidValue(`${place}.${field}`, quantity, 'must be positive'))
    }
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    errors.push(
      invalidValue(`${place}.averageUtilization`, averageUtilization, 'must be greater than 0'),
    )
  }
}

function checkIdentifier({ name }: MetricIdentifier, { path, errors }: Place): void {
  const place = `${path}.metric.name`
  if (name === '') errors.push(required(place, 'must specify a metric name'))
  else refuse(errors, place, name, validatePathSegment(name))
}
