/** Upstream: describe.go, IngressClassDescriber. */
import type { IngressClass } from '#api/networking/v1.gen.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { clusterHeading } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'

export const ingressClass = describer<IngressClass>({
  version: 'v1',
  sections: [
    ...clusterHeading,
    ['Controller', ({ spec }) => spec?.controller ?? ''],
    writeParameters,
  ],
})

function writeParameters(w: PrefixWriter, { spec }: IngressClass): void {
  const parameters = spec?.parameters
  if (parameters === undefined) return
  w.write(0, 'Parameters:\n')
  if (parameters.apiGroup !== undefined) w.write(1, `APIGroup:\t${parameters.apiGroup}\n`)
  w.write(1, `Kind:\t${parameters.kind}\n`)
  w.write(1, `Name:\t${parameters.name}\n`)
}
