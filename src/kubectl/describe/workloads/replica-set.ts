/** Upstream: describe.go, ReplicaSetDescriber. */
import type { ReplicaSet } from '#api/apps/v1.gen.ts'
import { formatLabelSelector, labelSelectorMatcher } from '#api/meta/labels.ts'
import { writeReasons } from '#kubectl/describe/conditions.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { annotations, controlledBy, labels, name, namespace } from '#kubectl/describe/metadata.ts'
import { writePodTemplate } from '#kubectl/describe/pods/pod-template.ts'
import { podCounts, podCountsText } from './pod-counts.ts'

export const replicaSet = describer<ReplicaSet, string>({
  version: 'v1',
  related: async (object, reader) => {
    const selector = labelSelectorMatcher(object.spec.selector).toString()
    return await podCounts(object, selector, reader).then(podCountsText, (error: unknown) => {
      return `error in fetching pods: ${error instanceof Error ? error.message : String(error)}`
    })
  },
  sections: [
    name,
    namespace,
    ['Selector', ({ spec }) => formatLabelSelector(spec.selector)],
    labels,
    annotations,
    controlledBy,
    [
      'Replicas',
      ({ spec, status }) => `${status?.replicas ?? 0} current / ${spec.replicas ?? 0} desired`,
    ],
    ['Pods Status', (_object, { related }) => related],
    (w, { spec }) => writePodTemplate(w, spec.template),
    (w, { status }) => writeReasons(w, status?.conditions),
  ],
})
