/** Upstream: describe.go, ConfigMapDescriber. */
import type { ConfigMap } from '#api/core/v1.gen.ts'
import { describer } from '#kubectl/describe/describer.ts'
import { heading, sortedKeys } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'

export const configMap = describer<ConfigMap>({
  version: 'v1',
  sections: [...heading, writeData],
})

function writeData(w: PrefixWriter, { data = {}, binaryData = {} }: ConfigMap): void {
  w.write(0, '\nData\n====\n')
  for (const key of sortedKeys(data)) w.write(0, `${key}:\n----\n${data[key]}\n\n`)
  w.write(0, '\nBinaryData\n====\n')
  for (const key of sortedKeys(binaryData)) {
    w.write(0, `${key}: ${Buffer.from(binaryData[key] ?? '', 'base64').length} bytes\n`)
  }
  w.write(0, '\n')
}
