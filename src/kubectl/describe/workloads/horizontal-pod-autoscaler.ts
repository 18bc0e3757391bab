/** Upstream: describe.go, HorizontalPodAutoscalerDescriber. */
import type { HorizontalPodAutoscaler as AutoscalerV1 } from '#api/autoscaling/v1.gen.ts'
import type { HorizontalPodAutoscaler, HPAScalingRules } from '#api/autoscaling/v2.gen.ts'
import { writeTable } from '#kubectl/describe/conditions.ts'
import { describer, firstServed } from '#kubectl/describe/describer.ts'
import { created, heading } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { orUnset } from '#kubectl/describe/values.ts'
import { metricText } from './metric.ts'

const v2 = describer<HorizontalPodAutoscaler>({
  version: 'v2',
  sections: [
    ...heading,
    created,
    ['Reference', ({ spec }) => `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`],
    writeMetrics,
    ['Min replicas', ({ spec }) => orUnset(spec.minReplicas)],
    ['Max replicas', ({ spec }) => spec.maxReplicas],
    writeBehavior,
    writeReplicas,
    writeConditions,
  ],
})

const v1 = describer<AutoscalerV1>({
  version: 'v1',
  sections: [
    ...heading,
    created,
    ['Reference', ({ spec }) => `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`],
    ['Target CPU utilization', ({ spec }) => percent(spec.targetCPUUtilizationPercentage)],
    [
      'Current CPU utilization',
      ({ spec, status }) =>
        spec.targetCPUUtilizationPercentage === undefined
          ? undefined
          : `${status?.currentCPUUtilizationPercentage ?? '<unknown>'}%`,
    ],
    ['Min replicas', ({ spec }) => orUnset(spec.minReplicas)],
    ['Max replicas', ({ spec }) => spec.maxReplicas],
    writeReplicas,
  ],
})

/** The first version has not all that the second says. */
export const horizontalPodAutoscaler = firstServed(v2, v1)

function percent(value: number | undefined): string | undefined {
  return value === undefined ? undefined : `${value}%`
}

function writeMetrics(w: PrefixWriter, { spec, status }: HorizontalPodAutoscaler): void {
  w.write(0, 'Metrics:\t( current / target )\n')
  for (const [at, metric] of (spec.metrics ?? []).entries()) {
    w.write(1, `${metricText(metric, status?.currentMetrics?.[at])}\n`)
  }
}

function writeBehavior(w: PrefixWriter, { spec }: HorizontalPodAutoscaler): void {
  if (spec.behavior === undefined) return
  w.write(0, 'Behavior:\n')
  writeRules(w, 'Scale Up', spec.behavior.scaleUp)
  writeRules(w, 'Scale Down', spec.behavior.scaleDown)
}

function writeRules(w: PrefixWriter, title: string, rules: HPAScalingRules | undefined): void {
  if (rules === undefined) return
  const { stabilizationWindowSeconds, policies = [], selectPolicy = 'Max' } = rules
  w.write(1, `${title}:\n`)
  if (stabilizationWindowSeconds !== undefined) {
    w.write(2, `Stabilization Window: ${stabilizationWindowSeconds} seconds\n`)
  }
  if (policies.length === 0) return
  w.write(2, `Select Policy: ${selectPolicy}\n`)
  w.write(2, 'Policies:\n')
  for (const { type, value, periodSeconds } of policies) {
    w.write(3, `- Type: ${type}\tValue: ${value}\tPeriod: ${periodSeconds} seconds\n`)
  }
}

function writeReplicas(
  w: PrefixWriter,
  { spec, status }: HorizontalPodAutoscaler | AutoscalerV1,
): void {
  const { currentReplicas = 0, desiredReplicas = 0 } = status ?? {}
  w.write(0, `${spec.scaleTargetRef.kind} pods:\t`)
  w.write(0, `${currentReplicas} current / ${desiredReplicas} desired\n`)
}

function writeConditions(w: PrefixWriter, { status }: HorizontalPodAutoscaler): void {
  const conditions = status?.conditions ?? []
  if (conditions.length === 0) return
  w.write(0, 'Conditions:\n')
  const rows = conditions.map(({ type, status: is, reason = '', message = '' }) => {
    return [type, is, reason, message]
  })
  writeTable(w, 1, [['Type', 'Status', 'Reason', 'Message'], ...rows])
}
