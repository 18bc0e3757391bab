/** Upstream: describe.go, PersistentVolumeDescriber. */
import type { NodeSelectorRequirement, PersistentVolume } from '#api/core/v1.gen.ts'
import { goText } from '#api/json-path/go-text.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { clusterHeading } from '#kubectl/describe/metadata.ts'
import { writeSource } from '#kubectl/describe/pods/source.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { sinceText } from '#kubectl/describe/time-text.ts'
import { quantityText } from '#kubectl/describe/values.ts'
import { accessModesText } from './access-modes.ts'
import { persistentSources } from './persistent-sources.ts'

const classAnnotation = 'volume.beta.kubernetes.io/storage-class'

export const persistentVolume = describer<PersistentVolume>({
  version: 'v1',
  sections: [
    ...clusterHeading,
    ['Finalizers', ({ metadata }) => goText(metadata.finalizers ?? [])],
    [
      'StorageClass',
      ({ metadata, spec }) =>
        metadata.annotations?.[classAnnotation] ?? spec.storageClassName ?? '',
    ],
    [
      'Status',
      ({ metadata, status }, { nowMs }) =>
        metadata.deletionTimestamp === undefined
          ? (status?.phase ?? '')
          : `Terminating (lasts ${sinceText(metadata.deletionTimestamp, nowMs)})`,
    ],
    [
      'Claim',
      ({ spec: { claimRef } }) =>
        claimRef === undefined ? '' : `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}`,
    ],
    ['Reclaim Policy', ({ spec }) => spec.persistentVolumeReclaimPolicy ?? ''],
    ['Access Modes', ({ spec }) => accessModesText(spec.accessModes)],
    ['VolumeMode', ({ spec }) => spec.volumeMode],
    ['Capacity', ({ spec }) => quantityText(spec.capacity?.['storage'])],
    writeNodeAffinity,
    ['Message', ({ status }) => status?.message ?? ''],
    (w, { spec }) => {
      w.write(0, 'Source:\n')
      writeSource(w, persistentSources, spec)
    },
  ],
})

function writeNodeAffinity(w: PrefixWriter, { spec }: PersistentVolume): void {
  const required = spec.nodeAffinity?.required
  w.write(0, 'Node Affinity:\t')
  if (required === undefined) {
    w.line('<none>')
    return
  }
  w.line()
  const terms = required.nodeSelectorTerms ?? []
  w.write(1, 'Required Terms:\t')
  w.line(terms.length === 0 ? '<none>' : '')
  for (const [at, { matchExpressions = [] }] of terms.entries()) {
    writeTerm(w, `Term ${at}`, matchExpressions)
  }
}

function writeTerm(
  w: PrefixWriter,
  title: string,
  requirements: readonly NodeSelectorRequirement[],
): void {
  w.write(2, `${title}:\t`)
  if (requirements.length === 0) w.line('<none>')
  for (const [at, { key, operator, values = [] }] of requirements.entries()) {
    if (at > 0) w.write(2, '\t')
    const list = values.length === 0 ? '' : ` [${values.join(', ')}]`
    w.write(0, `${key} ${operator.toLowerCase()}${list}\n`)
  }
}
