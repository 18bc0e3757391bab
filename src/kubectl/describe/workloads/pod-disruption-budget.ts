/** Upstream: describe.go, PodDisruptionBudgetDescriber. */
import type { PodDisruptionBudget } from '#api/policy/v1.gen.ts'
import { formatLabelSelector } from '#api/meta/labels.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { name, namespace } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'

export const podDisruptionBudget = describer<PodDisruptionBudget>({
  version: 'v1',
  sections: [
    name,
    namespace,
    ['Min available', ({ spec }) => spec?.minAvailable],
    [
      'Max unavailable',
      ({ spec }) => (spec?.minAvailable === undefined ? spec?.maxUnavailable : undefined),
    ],
    [
      'Selector',
      ({ spec }) => (spec?.selector === undefined ? '<unset>' : formatLabelSelector(spec.selector)),
    ],
    writeStatus,
  ],
})

function writeStatus(w: PrefixWriter, { status }: PodDisruptionBudget): void {
  w.write(0, 'Status:\n')
  w.write(2, `Allowed disruptions:\t${status?.disruptionsAllowed ?? 0}\n`)
  w.write(2, `Current:\t${status?.currentHealthy ?? 0}\n`)
  w.write(2, `Desired:\t${status?.desiredHealthy ?? 0}\n`)
  w.write(2, `Total:\t${status?.expectedPods ?? 0}\n`)
}
