/** JSON, YAML, templates: one object alone, several as a List. Upstream: get.go, printGeneric. */
import { isStatus } from '#api/meta/status.ts'
import type { Call } from '#kubectl/command.ts'
import { AggregateFailure } from '#kubectl/errors.ts'
import { fetchInfos } from '#kubectl/objects/fetch.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import type { Selection } from '#kubectl/objects/selection.ts'
import type { Printer } from '#kubectl/printers/printer.ts'

export async function printGeneric(
  call: Call,
  selection: Selection,
  printer: Printer,
): Promise<void> {
  const ignoreNotFound = call.flags.bool('ignore-not-found')
  const { infos, errors: all } = await fetchInfos(call, selection, { latest: true })
  const errors = all.filter((error) => !ignoreNotFound || !isStatus(error, 'NotFound'))
  if (errors.length > 0 && selection.isSingle) throw errors[0]
  if (infos.length > 0 || !ignoreNotFound) {
    const objects = infos.map(({ object }) => object)
    const [only] = objects
    const sorted = await sortedObjects(call, objects)
    const shown = selection.isSingle && only !== undefined ? only : listOf(sorted)
    call.io.stdout(printer.print(shown))
  }
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateFailure(errors)
}

function listOf(items: readonly KubeObject[]): KubeObject {
  return { apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } }
}

async function sortedObjects(
  call: Call,
  objects: readonly KubeObject[],
): Promise<readonly KubeObject[]> {
  const field = call.flags.string('sort-by')
  if (field === '') return objects
  const { sortByField } = await import('./sort.ts')
  return sortByField(objects, field, (object) => object)
}
