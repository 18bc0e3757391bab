/** Upstream: describe.go, StatefulSetDescriber. */
import type { StatefulSet } from '#api/apps/v1.gen.ts'
import { goText } from '#api/json-path/go-text.ts'
import { labelSelectorMatcher } from '#api/meta/labels.ts'
import { describer } from '#kubectl/describe/describer.ts'
import {
  annotations,
  created,
  labels,
  name,
  namespace,
  writeLabels,
} from '#kubectl/describe/metadata.ts'
import { writePodTemplate } from '#kubectl/describe/pods/pod-template.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { storageClassOf } from '#kubectl/describe/storage/claim-details.ts'
import { quantityText } from '#kubectl/describe/values.ts'
import { podCounts, podCountsText } from './pod-counts.ts'
import type { PodCounts } from './pod-counts.ts'

export const statefulSet = describer<StatefulSet, PodCounts>({
  version: 'v1',
  related: async (object, reader) => {
    const selector = labelSelectorMatcher(object.spec.selector).toString()
    return await podCounts(object, selector, reader)
  },
  sections: [
    name,
    namespace,
    created,
    ['Selector', ({ spec }) => labelSelectorMatcher(spec.selector).toString()],
    labels,
    annotations,
    [
      'Replicas',
      ({ spec, status }) => `${spec.replicas ?? 0} desired | ${status?.replicas ?? 0} total`,
    ],
    ['Update Strategy', ({ spec }) => spec.updateStrategy?.type ?? ''],
    writeRollingUpdate,
    ['Pods Status', (_object, { related }) => podCountsText(related)],
    (w, { spec }) => writePodTemplate(w, spec.template),
    writeClaimTemplates,
  ],
})

function writeRollingUpdate(w: PrefixWriter, { spec }: StatefulSet): void {
  const { partition, maxUnavailable } = spec.updateStrategy?.rollingUpdate ?? {}
  if (partition === undefined) return
  w.write(1, `Partition:\t${partition}\n`)
  if (maxUnavailable !== undefined) w.write(1, `MaxUnavailable:\t${maxUnavailable}\n`)
}

function writeClaimTemplates(w: PrefixWriter, { spec }: StatefulSet): void {
  const templates = spec.volumeClaimTemplates ?? []
  w.write(0, templates.length === 0 ? 'Volume Claims:\t<none>\n' : 'Volume Claims:\n')
  for (const template of templates) {
    const { metadata, spec: claim } = template
    const storage = claim?.resources?.requests?.['storage']
    w.write(1, `Name:\t${metadata.name}\n`)
    w.write(1, `StorageClass:\t${storageClassOf(template)}\n`)
    writeLabels(w, 'Labels', metadata.labels, '  ')
    writeLabels(w, 'Annotations', metadata.annotations, '  ')
    w.write(1, `Capacity:\t${storage === undefined ? '<default>' : quantityText(storage)}\n`)
    w.write(1, `Access Modes:\t${goText(claim?.accessModes ?? [])}\n`)
  }
}
