/** Upstream: describe.go, StorageClassDescriber. */
import type { TopologySelectorTerm } from '#api/core/v1.gen.ts'
import type { StorageClass } from '#api/storage/v1.gen.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { formatLabels, name } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { boolOrUnset } from '#kubectl/describe/values.ts'

const defaultAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
]

export const storageClass = describer<StorageClass>({
  version: 'v1',
  sections: [
    name,
    ['IsDefaultClass', isDefaultText],
    ['Annotations', ({ metadata }) => formatLabels(metadata.annotations)],
    ['Provisioner', ({ provisioner }) => provisioner],
    ['Parameters', ({ parameters }) => formatLabels(parameters)],
    ['AllowVolumeExpansion', ({ allowVolumeExpansion }) => boolOrUnset(allowVolumeExpansion)],
    writeMountOptions,
    ['ReclaimPolicy', ({ reclaimPolicy }) => reclaimPolicy],
    ['VolumeBindingMode', ({ volumeBindingMode }) => volumeBindingMode],
    writeTopologies,
  ],
})

function isDefaultText({ metadata }: StorageClass): string {
  const isDefault = defaultAnnotations.some((key) => metadata.annotations?.[key] === 'true')
  return isDefault ? 'Yes' : 'No'
}

function writeMountOptions(w: PrefixWriter, { mountOptions = [] }: StorageClass): void {
  w.write(0, mountOptions.length === 0 ? 'MountOptions:\t<none>\n' : 'MountOptions:\n')
  for (const option of mountOptions) w.write(1, `${option}\n`)
}

function writeTopologies(w: PrefixWriter, { allowedTopologies = [] }: StorageClass): void {
  if (allowedTopologies.length === 0) return
  w.write(0, 'AllowedTopologies:\t')
  w.line()
  for (const [at, term] of allowedTopologies.entries()) writeTerm(w, `Term ${at}`, term)
}

function writeTerm(w: PrefixWriter, title: string, term: TopologySelectorTerm): void {
  const requirements = term.matchLabelExpressions ?? []
  w.write(1, `${title}:\t`)
  if (requirements.length === 0) w.line('<none>')
  for (const [at, { key, values = [] }] of requirements.entries()) {
    if (at > 0) w.write(1, '\t')
    const list = values.length === 0 ? '' : ` [${values.join(', ')}]`
    w.write(0, `${key} in${list}\n`)
  }
}
