/**
 * `get -w`: what is there, then each change, until the server ends the watch or the user does.
 * Upstream: kubectl pkg/cmd/get/get.go, watch.
 */
import { StatusError } from '#api/meta/status.ts'
import { decodeWatch } from '#client/watch-decoder.ts'
import type { Call } from '#kubectl/command.ts'
import type { Mapping } from '#kubectl/discovery/mapper.ts'
import { CommandError } from '#kubectl/errors.ts'
import { getNamed, listObjects } from '#kubectl/objects/fetch.ts'
import { collectionPath } from '#kubectl/objects/info.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import type { Selection, Target } from '#kubectl/objects/selection.ts'
import type { Printer } from '#kubectl/printers/printer.ts'
import { splitOutput } from '#kubectl/printers/printer.ts'
import { RememberingTabs } from '#kubectl/printers/tab-writer.ts'
import { TablePrinter, tableOf } from '#kubectl/printers/table.ts'
import type { Table, TableOptions } from '#kubectl/printers/table.ts'
import type { BatchPrinter } from './objects.ts'
import { tableHeaders, tableOptions } from './tables.ts'

type Show = (object: KubeObject, eventType: string) => void

interface Watched {
  readonly mapping: Mapping
  readonly namespace: string
  readonly labelSelector: string
  readonly fieldSelector: string
}

export async function watch(
  call: Call,
  selection: Selection,
  printer: Printer | undefined,
): Promise<void> {
  const target = await onlyTarget(selection)
  const watched = watchedOf(target)
  const batch = await customColumns(call)
  const isTable = printer === undefined && batch === undefined
  const show = isTable ? tables(call, watched.mapping) : objects(call, printer, batch)
  const headers = isTable ? tableHeaders(call) : { Accept: 'application/json' }
  const { resourceVersion, found } = await existing(call, target, headers)
  if (!call.flags.bool('watch-only')) for (const object of found) show(object, 'ADDED')
  await follow(call, { ...watched, resourceVersion, headers }, show)
}

async function onlyTarget(selection: Selection): Promise<Target> {
  const targets = await Array.fromAsync(selection.targets)
  const [target] = targets
  if (target === undefined || targets.length !== 1) {
    throw new CommandError('you may only specify a single resource type')
  }
  return target
}

function watchedOf(target: Target): Watched {
  if (target.type === 'list') {
    const { mapping, namespace, selector, fieldSelector } = target
    return { mapping, namespace, labelSelector: selector, fieldSelector }
  }
  const { mapping, namespace, name } = target.type === 'named' ? target : target.info
  return { mapping, namespace, labelSelector: '', fieldSelector: `metadata.name=${name}` }
}

async function customColumns(call: Call): Promise<BatchPrinter | undefined> {
  const [format, argument] = splitOutput(call.flags.string('output'))
  if (!format.startsWith('custom-columns')) return undefined
  const { customColumnsPrinter } = await import('./custom-columns.ts')
  return customColumnsPrinter({ format, argument }, call)
}

async function existing(
  call: Call,
  target: Target,
  headers: Readonly<Record<string, string>>,
): Promise<{ readonly resourceVersion: string; readonly found: readonly KubeObject[] }> {
  const rest = await call.factory.rest()
  if (target.type === 'list') {
    const {
      items,
      kind = '',
      apiVersion = '',
      ...list
    } = await listObjects(rest, target, { headers })
    const resourceVersion = list.metadata?.resourceVersion ?? ''
    if (kind === 'Table') return { resourceVersion, found: [{ ...list, kind, apiVersion }] }
    const itemKind = kind.replace(/List$/, '')
    return {
      resourceVersion,
      found: items.map((item) => ({ apiVersion, kind: itemKind, ...item })),
    }
  }
  const at = target.type === 'named' ? target : target.info
  const object = await getNamed(rest, at, { headers })
  return { resourceVersion: versionOf(object), found: [object] }
}

/** A table's own version is its list's; one row's is its object's. */
function versionOf(object: KubeObject): string {
  if (object.kind !== 'Table') return object.metadata?.resourceVersion ?? ''
  const rows = object['rows'] as readonly { object?: KubeObject }[] | undefined
  return rows?.[0]?.object?.metadata?.resourceVersion ?? object.metadata?.resourceVersion ?? ''
}

function tables(call: Call, mapping: Mapping): Show {
  const withEvents = call.flags.bool('output-watch-events')
  const tabs = new RememberingTabs()
  const options: TableOptions & { eventType?: string } = {
    ...tableOptions(call, mapping, { severalKinds: false }),
  }
  const printer = new TablePrinter(options)
  return (object, type) => {
    if (withEvents) options.eventType = type.padEnd(eventTypeWidth)
    const table =
      object.kind === 'Status' ? statusTable(object) : tableOf(object, call.io.clock.nowMs())
    call.io.stdout(tabs.align(printer.rows(table)))
  }
}

/** As long as the longest of them. */
const eventTypeWidth = 'MODIFIED'.length

/** What the server ends a watch with when it cannot go on. */
function statusTable(status: KubeObject): Table {
  return {
    columns: ['Status', 'Reason', 'Message'].map((name) => ({ name })),
    rows: [{ cells: [status['status'], status['reason'], status['message']] }],
  }
}

function objects(call: Call, printer: Printer | undefined, batch: BatchPrinter | undefined): Show {
  const withEvents = call.flags.bool('output-watch-events')
  return (object, type) => {
    const shown = withEvents && batch === undefined ? { object, type } : object
    call.io.stdout(printer?.print(shown) ?? batch?.printAll([shown]) ?? '')
  }
}

interface Following extends Watched {
  readonly resourceVersion: string
  readonly headers: Readonly<Record<string, string>>
}

/** Changes until the server ends the watch or goes away. */
async function follow(call: Call, following: Following, show: Show): Promise<void> {
  const { mapping, namespace, labelSelector, fieldSelector, resourceVersion, headers } = following
  const rest = await call.factory.rest()
  const { body } = await rest.stream({
    path: collectionPath(mapping, namespace),
    query: {
      watch: 'true',
      resourceVersion,
      ...(labelSelector !== '' && { labelSelector }),
      ...(fieldSelector !== '' && { fieldSelector }),
    },
    headers,
    signal: call.io.signal,
  })
  try {
    for await (const event of decodeWatch(body)) show(event.object as KubeObject, event.type)
  } catch (error) {
    if (call.io.signal.aborted) throw error
    // A server that goes away ends a watch like one that ends it; what it says last is shown like an object.
    if (error instanceof StatusError) show({ ...error.status, metadata: {} } as KubeObject, 'ERROR')
  }
}
