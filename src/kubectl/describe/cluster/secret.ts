/** Upstream: describe.go, SecretDescriber. */
import type { Secret } from '#api/core/v1.gen.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { heading, sortedKeys } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'

export const secret = describer<Secret>({
  version: 'v1',
  events: false,
  sections: [...heading, writeData],
})

/** Only the token of a service account is shown. */
function writeData(w: PrefixWriter, { type = '', data = {} }: Secret): void {
  w.write(0, `\nType:\t${type}\n`)
  w.write(0, '\nData\n====\n')
  for (const key of sortedKeys(data)) {
    const value = Buffer.from(data[key] ?? '', 'base64')
    const isToken = key === 'token' && type === 'kubernetes.io/service-account-token'
    w.write(0, `${key}:\t${isToken ? value.toString() : `${value.length} bytes`}\n`)
  }
}
