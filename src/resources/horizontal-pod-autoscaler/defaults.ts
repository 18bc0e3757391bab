/** Upstream: pkg/apis/autoscaling/v2/defaults.go. */
import type {
  HorizontalPodAutoscaler,
  HPAScalingRules,
  MetricSpec,
} from '#api/autoscaling/v2.gen.ts'

export const defaultCpuPercent = 80

export function defaultMetric(averageUtilization: number): MetricSpec {
  return {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
  }
}

export function defaultAutoscaler({ spec }: HorizontalPodAutoscaler): void {
  spec.minReplicas ??= 1
  if ((spec.metrics ?? []).length === 0) spec.metrics = [defaultMetric(defaultCpuPercent)]
  if (spec.behavior === undefined) return
  spec.behavior.scaleUp = { ...scaleUp(), ...spec.behavior.scaleUp }
  spec.behavior.scaleDown = { ...scaleDown(), ...spec.behavior.scaleDown }
}

const periodSeconds = 15

function scaleUp(): HPAScalingRules {
  return {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: [
      { type: 'Pods', value: 4, periodSeconds },
      { type: 'Percent', value: 100, periodSeconds },
    ],
  }
}

/** How long it waits is the controller's to say. */
function scaleDown(): HPAScalingRules {
  return { selectPolicy: 'Max', policies: [{ type: 'Percent', value: 100, periodSeconds }] }
}
