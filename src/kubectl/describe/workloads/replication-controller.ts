/** Upstream: describe.go, ReplicationControllerDescriber. */
import type { ReplicationController } from '#api/core/v1.gen.ts'
import { labelsMatcher } from '#api/meta/labels.ts'
import { writeReasons } from '#kubectl/describe/conditions.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { annotations, formatLabels, labels, name, namespace } from '#kubectl/describe/metadata.ts'
import { writePodTemplate } from '#kubectl/describe/pods/pod-template.ts'
import { podCounts, podCountsText } from './pod-counts.ts'
import type { PodCounts } from './pod-counts.ts'

export const replicationController = describer<ReplicationController, PodCounts>({
  version: 'v1',
  related: async (object, reader) => {
    const selector = labelsMatcher(object.spec.selector ?? {}).toString()
    return await podCounts(object, selector, reader)
  },
  sections: [
    name,
    namespace,
    ['Selector', ({ spec }) => formatLabels(spec.selector)],
    labels,
    annotations,
    [
      'Replicas',
      ({ spec, status }) => `${status?.replicas ?? 0} current / ${spec.replicas ?? 0} desired`,
    ],
    ['Pods Status', (_object, { related }) => podCountsText(related)],
    (w, { spec }) => writePodTemplate(w, spec.template),
    (w, { status }) => writeReasons(w, status?.conditions),
  ],
})
