/** Tables of the server, one for each kind, with a blank line between. */
import type { Call } from '#kubectl/command.ts'
import type { Mapping } from '#kubectl/discovery/mapper.ts'
import { throwAll } from '#kubectl/errors.ts'
import { getNamed, listObjects } from '#kubectl/objects/fetch.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import type { Selection, Target } from '#kubectl/objects/selection.ts'
import { qualifiedKind } from '#kubectl/printers/name.ts'
import { alignTabs } from '#kubectl/printers/tab-writer.ts'
import { TablePrinter, tableAccept, tableOf } from '#kubectl/printers/table.ts'
import type { Table, TableOptions } from '#kubectl/printers/table.ts'
import { isStatus } from '#api/meta/status.ts'

interface Part {
  readonly mapping: Mapping
  readonly table: Table
}

export async function printTables(call: Call, selection: Selection): Promise<void> {
  const { flags, io } = call
  const { parts, errors } = await fetchTables(call, selection)
  const sorted = await sortedParts(call, parts)
  const kinds = new Set(parts.map(({ mapping }) => mapping))
  const text = partsText(call, sorted, kinds.size > 1)
  io.stdout(text)
  if (text === '' && errors.length === 0 && !flags.bool('ignore-not-found')) {
    await sayNothingFound(call, parts)
  }
  throwAll(errors)
}

async function fetchTables(call: Call, selection: Selection) {
  const ignoreNotFound = call.flags.bool('ignore-not-found')
  const headers = tableHeaders(call)
  const parts: Part[] = []
  const errors: unknown[] = []
  try {
    for await (const target of selection.targets) {
      try {
        const [mapping, body] = await fetchTable(call, target, headers)
        parts.push({ mapping, table: tableOf(body, call.io.clock.nowMs()) })
      } catch (error) {
        if (!ignoreNotFound || !isStatus(error, 'NotFound')) errors.push(error)
      }
    }
  } catch (error) {
    errors.push(error)
  }
  return { parts, errors }
}

export function tableHeaders({ flags }: Call): Readonly<Record<string, string>> {
  return flags.bool('server-print') ? { Accept: tableAccept } : { Accept: 'application/json' }
}

async function fetchTable(
  call: Call,
  target: Target,
  headers: Readonly<Record<string, string>>,
): Promise<readonly [Mapping, KubeObject]> {
  const rest = await call.factory.rest()
  const includeObject = call.flags.string('sort-by') === '' ? {} : { includeObject: 'Object' }
  if (target.type === 'list') {
    const query = includeObject
    return [target.mapping, await listObjects(rest, target, { headers, query })]
  }
  const at = target.type === 'named' ? target : target.info
  const subresource = target.type === 'named' ? target.subresource : ''
  const body = await getNamed(rest, at, { subresource, headers, query: includeObject })
  return [at.mapping, body]
}

async function sortedParts(call: Call, parts: readonly Part[]): Promise<readonly Part[]> {
  const field = call.flags.string('sort-by')
  if (field === '' || parts.length === 0) return parts
  const { sortParts } = await import('./sort.ts')
  return sortParts(parts, field)
}

/** Of rows of one kind in a row; their columns are aligned together. */
function partsText(call: Call, parts: readonly Part[], severalKinds: boolean): string {
  const { flags } = call
  let text = ''
  let last: Mapping | undefined
  let printer: TablePrinter | undefined
  let lines: (readonly string[])[] = []
  const flush = (): void => {
    if (lines.length === 0) return
    const separator = text === '' || flags.bool('no-headers') ? '' : '\n'
    text += separator + alignTabs(`${lines.map((cells) => cells.join('\t')).join('\n')}\n`)
    lines = []
  }
  for (const { mapping, table } of parts) {
    if (mapping !== last || printer === undefined) {
      flush()
      printer = new TablePrinter(tableOptions(call, mapping, { severalKinds }))
      last = mapping
    }
    lines.push(...printer.rows(table))
  }
  flush()
  return text
}

export function tableOptions(
  { flags }: Call,
  mapping: Mapping,
  { severalKinds, eventType }: { readonly severalKinds: boolean; readonly eventType?: string },
): TableOptions {
  const withKind = flags.bool('show-kind') || severalKinds
  return {
    noHeaders: flags.bool('no-headers'),
    withNamespace: flags.bool('all-namespaces') && mapping.namespaced,
    ...(withKind && { kindPrefix: qualifiedKind(mapping.kind, mapping.group) }),
    wide: flags.string('output') === 'wide',
    showLabels: flags.bool('show-labels'),
    labelColumns: flags.strings('label-columns'),
    ...(eventType !== undefined && { eventType }),
  }
}

async function sayNothingFound(call: Call, parts: readonly Part[]): Promise<void> {
  const allNamespaced =
    !call.flags.bool('all-namespaces') && parts.every(({ mapping }) => mapping.namespaced)
  const { namespace } = await call.factory.namespace()
  call.io.stderr(
    allNamespaced ? `No resources found in ${namespace} namespace.\n` : 'No resources found\n',
  )
}
