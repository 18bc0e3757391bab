/** Upstream: pkg/printers/internalversion/printers.go, printHorizontalPodAutoscaler. */
import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from '#api/autoscaling/v2.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { ageColumn, nameColumn, stringColumn } from '#resources/columns.ts'
import type { Column } from '#resources/resource.ts'

/** `view` shows an object of the served version as one of v2. */
export function autoscalerColumns<T extends ApiObject>(
  view: (object: T) => HorizontalPodAutoscaler,
): readonly Column<T>[] {
  return [
    nameColumn(),
    stringColumn(
      'Reference',
      'scaleTargetRef points to the target resource to scale, and is used to the pods for which metrics should be collected, as well as to actually change the replica count.',
      (object) => {
        const { kind, name } = view(object).spec.scaleTargetRef
        return `${kind}/${name}`
      },
    ),
    stringColumn(
      'Targets',
      'metrics contains the specifications for which to use to calculate the desired replica count (the maximum replica count across all metrics will be used).  The desired replica count is calculated multiplying the ratio between the target value and the current value by the current number of pods.  Ergo, metrics used must decrease as the pod count is increased, and vice-versa.  See the individual metric source types for more information about how each type of metric must respond. If not set, the default metric will be set to 80% average CPU utilization.',
      (object) => targetsOf(view(object)),
    ),
    stringColumn(
      'MinPods',
      'minReplicas is the lower limit for the number of replicas to which the autoscaler can scale down.  It defaults to 1 pod.  minReplicas is allowed to be 0 if the alpha feature gate HPAScaleToZero is enabled and at least one Object or External metric is configured.  Scaling is active as long as at least one metric value is available.',
      (object) => String(view(object).spec.minReplicas ?? '<unset>'),
    ),
    stringColumn(
      'MaxPods',
      'maxReplicas is the upper limit for the number of replicas to which the autoscaler can scale up. It cannot be less that minReplicas.',
      (object) => view(object).spec.maxReplicas,
    ),
    stringColumn(
      'Replicas',
      'currentReplicas is current number of replicas of pods managed by this autoscaler, as last seen by the autoscaler.',
      (object) => view(object).status?.currentReplicas ?? 0,
    ),
    ageColumn(),
  ]
}

const shownMax = 2

function targetsOf({ spec, status }: HorizontalPodAutoscaler): string {
  const { metrics = [] } = spec
  if (metrics.length === 0) return '<none>'
  const { currentMetrics = [] } = status ?? {}
  const texts = metrics.map((metric, at) => targetText(metric, currentMetrics[at]))
  const shown = texts.slice(0, shownMax).join(', ')
  return texts.length > shownMax ? `${shown} + ${texts.length - shownMax} more...` : shown
}

const unknown = '<unknown>'

/** `cpu: 40%/80%`. */
function targetText(metric: MetricSpec, now: MetricStatus | undefined): string {
  const { type, external, pods, object, resource, containerResource } = metric
  if (type === 'External' && external) return valueText(external.target, now?.external?.current)
  if (type === 'Object' && object) return valueText(object.target, now?.object?.current)
  if (type === 'Pods' && pods) {
    return `${now?.pods?.current.averageValue ?? unknown}/${pods.target.averageValue ?? '0'}`
  }
  if (type === 'Resource' && resource) {
    return `${resource.name}: ${resourceText(resource.target, now?.resource?.current)}`
  }
  if (type === 'ContainerResource' && containerResource) {
    const { name, target } = containerResource
    return `${name}: ${resourceText(target, now?.containerResource?.current)}`
  }
  return '<unknown type>'
}

function valueText(target: MetricTarget, now: MetricValueStatus | undefined): string {
  if (target.averageValue !== undefined) {
    return `${now?.averageValue ?? unknown}/${target.averageValue} (avg)`
  }
  return `${now?.value ?? unknown}/${target.value ?? '0'}`
}

function resourceText(target: MetricTarget, now: MetricValueStatus | undefined): string {
  if (target.averageValue !== undefined) {
    return `${now?.averageValue ?? unknown}/${target.averageValue}`
  }
  const current = now?.averageUtilization === undefined ? unknown : `${now.averageUtilization}%`
  const wanted =
    target.averageUtilization === undefined ? '<auto>' : `${target.averageUtilization}%`
  return `${current}/${wanted}`
}
