/** Upstream: describe.go, ServiceAccountDescriber. */
import type { ServiceAccount } from '#api/core/v1.gen.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { heading } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'

const title = 'Image pull secrets:'

export const serviceAccount = describer<ServiceAccount>({
  version: 'v1',
  sections: [...heading, writePullSecrets],
})

function writePullSecrets(w: PrefixWriter, { imagePullSecrets = [] }: ServiceAccount): void {
  if (imagePullSecrets.length === 0) w.write(0, `${title}\t<none>\n`)
  for (const [at, { name = '' }] of imagePullSecrets.entries()) {
    w.write(0, `${at === 0 ? title : ' '.repeat(title.length)}\t${name}\n`)
  }
}
