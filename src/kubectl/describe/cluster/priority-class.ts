/** Upstream: describe.go, PriorityClassDescriber. */
import type { PriorityClass } from '#api/scheduling/v1.gen.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { formatLabels, name } from '#kubectl/describe/metadata.ts'

export const priorityClass = describer<PriorityClass>({
  version: 'v1',
  sections: [
    name,
    ['Value', ({ value }) => value],
    ['GlobalDefault', ({ globalDefault = false }) => globalDefault],
    ['PreemptionPolicy', ({ preemptionPolicy = '' }) => preemptionPolicy],
    ['Description', ({ description = '' }) => description],
    ['Annotations', ({ metadata }) => formatLabels(metadata.annotations)],
  ],
})
