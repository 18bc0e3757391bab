/** Upstream: describe.go, describeResources. */
import type { ResourceRequirements } from '#api/core/v1.gen.ts'
import { sortedKeys } from '#kubectl/describe/metadata.ts'
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'
import { quantityText } from '#kubectl/describe/values.ts'

type ResourceList = Readonly<Record<string, string>>

export function writeResources(
  w: PrefixWriter,
  resources: ResourceRequirements | undefined,
  level: number,
): void {
  writeList(w, 'Limits', { list: resources?.limits, level })
  writeList(w, 'Requests', { list: resources?.requests, level })
}

function writeList(
  w: PrefixWriter,
  title: string,
  { list = {}, level }: { readonly list: ResourceList | undefined; readonly level: number },
): void {
  const names = sortedKeys(list)
  if (names.length > 0) w.write(level, `${title}:\n`)
  for (const name of names) w.write(level + 1, `${name}:\t${quantityText(list[name])}\n`)
}
