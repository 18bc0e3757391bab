/** Upstream: describe.go, DaemonSetDescriber. */
import type { DaemonSet } from '#api/apps/v1.gen.ts'
import { labelSelectorMatcher } from '#api/meta/labels.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { annotations, formatLabels, labels, name, namespace } from '#kubectl/describe/metadata.ts'
import { writePodTemplate } from '#kubectl/describe/pods/pod-template.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { podCounts, podCountsText } from './pod-counts.ts'
import type { PodCounts } from './pod-counts.ts'

export const daemonSet = describer<DaemonSet, PodCounts>({
  version: 'v1',
  related: async (object, reader) => {
    const selector = labelSelectorMatcher(object.spec.selector).toString()
    return await podCounts(object, selector, reader)
  },
  sections: [
    name,
    namespace,
    ['Selector', ({ spec }) => labelSelectorMatcher(spec.selector).toString()],
    ['Node-Selector', ({ spec }) => formatLabels(spec.template.spec?.nodeSelector)],
    labels,
    annotations,
    writeNumbers,
    ['Pods Status', (_object, { related }) => podCountsText(related)],
    (w, { spec }) => writePodTemplate(w, spec.template),
  ],
})

/** These lines are not aligned with the others. */
function writeNumbers(w: PrefixWriter, { status }: DaemonSet): void {
  const numbers = [
    ['Desired Number of Nodes Scheduled', status?.desiredNumberScheduled],
    ['Current Number of Nodes Scheduled', status?.currentNumberScheduled],
    ['Number of Nodes Scheduled with Up-to-date Pods', status?.updatedNumberScheduled],
    ['Number of Nodes Scheduled with Available Pods', status?.numberAvailable],
    ['Number of Nodes Misscheduled', status?.numberMisscheduled],
  ] as const
  for (const [label, number = 0] of numbers) w.write(0, `${label}: ${number}\n`)
}
