/** Upstream: describe.go, VolumeAttributesClassDescriber. */
import type { VolumeAttributesClass } from '#api/storage/v1.gen.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { formatLabels, name } from '#kubectl/describe/metadata.ts'

export const volumeAttributesClass = describer<VolumeAttributesClass>({
  version: 'v1',
  sections: [
    name,
    ['Annotations', ({ metadata }) => formatLabels(metadata.annotations)],
    ['DriverName', ({ driverName }) => driverName],
    ['Parameters', ({ parameters }) => formatLabels(parameters)],
  ],
})
