/** Whole objects, one by one in the order asked for: custom columns, names. */
import type { Call } from '#kubectl/command.ts'
import { throwAll } from '#kubectl/errors.ts'
import { fetchInfos } from '#kubectl/objects/fetch.ts'
import type { Info, KubeObject } from '#kubectl/objects/info.ts'
import type { Selection } from '#kubectl/objects/selection.ts'
import { isStatus } from '#api/meta/status.ts'

/** Prints a whole batch: columns are as wide as the widest of all. */
export interface BatchPrinter {
  printAll(objects: readonly KubeObject[]): string
}

export async function printObjects(
  call: Call,
  selection: Selection,
  printer: BatchPrinter,
): Promise<void> {
  const { infos, errors } = await fetchInfos(call, selection, { latest: true })
  const objects = (await sortedInfos(call, infos)).map(({ object }) => object)
  call.io.stdout(printer.printAll(objects))
  const ignored = call.flags.bool('ignore-not-found')
  throwAll(errors.filter((error) => !ignored || !isStatus(error, 'NotFound')))
}

async function sortedInfos(call: Call, infos: readonly Info[]): Promise<readonly Info[]> {
  const field = call.flags.string('sort-by')
  if (field === '') return infos
  const { sortByField } = await import('./sort.ts')
  return sortByField(infos, field, ({ object }) => object)
}
