/** `kubectl events`. Upstream: kubectl pkg/cmd/events/events.go. */
import { decodeWatch } from '#client/watch-decoder.ts'
import type { Event } from '#api/core/v1.gen.ts'
import { bool, string, strings } from '#kubectl/command-line/flag.ts'
import { allNamespacesFlag, chunkSizeFlag, printFlags } from '#kubectl/command-line/flag-sets.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { formatFieldSelector } from '#kubectl/describe/field-selector.ts'
import { apiVersionOf } from '#kubectl/discovery/mapper.ts'
import { CommandError, PlainError } from '#kubectl/errors.ts'
import { byEventTime, EventRows } from '#kubectl/events/event-rows.ts'
import { listObjects } from '#kubectl/objects/fetch.ts'
import { collectionPath } from '#kubectl/objects/info.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import { typed } from '#kubectl/objects/typed.ts'
import { refuseStructList } from '#kubectl/printers/name.ts'
import { printerOf, standardFormats } from '#kubectl/printers/printer.ts'
import type { Printer } from '#kubectl/printers/printer.ts'
import { alignTabs, RememberingTabs } from '#kubectl/printers/tab-writer.ts'

export const command: Command = {
  use: `events [(-o|--output=)${standardFormats.join('|')}] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]`,
  about:
    'Display events.\n\n Of the current namespace, of all, or only those about one object; the one that came last is last.',
  examples: [
    ['List the events of the current namespace', 'kubectl events'],
    ['List those of all namespaces', 'kubectl events -A'],
    ['List those of one pod, and go on as more come', 'kubectl events --for pod/web-1 --watch'],
    ['List warnings as YAML', 'kubectl events --types=Warning -o yaml'],
  ],
  flags: [
    ...printFlags,
    allNamespacesFlag,
    chunkSizeFlag,
    string('for', 'Only events about this object.'),
    bool('no-headers', 'Print no headers in the table.'),
    strings('types', 'Only events of these types.'),
    bool('watch', 'Go on to show events.', { short: 'w' }),
  ],
  run,
}

interface Asked {
  /** Empty: of all namespaces. */
  readonly namespace: string
  readonly fieldSelector: string
}

type Show = (events: readonly Event[]) => void

async function run(call: Call): Promise<void> {
  const { flags } = call
  const namespace = flags.bool('all-namespaces') ? '' : (await call.factory.namespace()).namespace
  const fieldSelector = await selectorOf(call)
  const printer = await printerOf(call)
  if (!flags.strings('types').every(isType)) {
    throw new CommandError('valid --types are Normal or Warning')
  }
  const asked = { namespace, fieldSelector }
  if (flags.bool('watch')) {
    const show = printer === undefined ? rowByRow(call) : objects(call, printer)
    return await watch(call, asked, show)
  }
  await list(call, asked, (events) => {
    const rows = new EventRows(rowOptions(call))
    const text =
      printer === undefined
        ? rowsText(rows.rows(events, call.io.clock.nowMs()))
        : printedList(flags.string('output'), printer, events)
    call.io.stdout(alignTabs(text))
  })
}

function isType(word: string): boolean {
  return ['normal', 'warning'].includes(word.toLowerCase())
}

function rowOptions({ flags }: Call) {
  return { noHeaders: flags.bool('no-headers'), withNamespace: flags.bool('all-namespaces') }
}

/** `--for TYPE/NAME`. */
async function selectorOf({ flags, factory }: Call): Promise<string> {
  const subject = flags.string('for')
  if (subject === '') return ''
  const [type = '', name, ...more] = subject.split('/')
  if (name === undefined) throw new CommandError('--for must be in resource/name form')
  if (more.length > 0) {
    throw new CommandError('arguments in resource/name form may not have more than one slash')
  }
  if (type === '') throw new CommandError('a resource must be present, got: /, Resource=')
  const mapping = await (await factory.mapper()).mappingFor(type).catch((error: unknown) => {
    // Upstream prints this one without `error: `.
    throw error instanceof CommandError ? new PlainError(error.message) : error
  })
  if (name === '') return ''
  return formatFieldSelector({
    'involvedObject.kind': mapping.kind,
    'involvedObject.apiVersion': apiVersionOf(mapping),
    'involvedObject.name': name,
  })
}

const events = {
  group: '',
  version: 'v1',
  resource: 'events',
  kind: 'Event',
  namespaced: true,
  verbs: [],
} as const

async function list(call: Call, { namespace, fieldSelector }: Asked, show: Show): Promise<void> {
  const { items } = await listObjects(await call.factory.rest(), {
    type: 'list',
    mapping: events,
    namespace,
    selector: '',
    fieldSelector,
    chunkSize: call.flags.int('chunk-size'),
  })
  const found = (items as unknown as readonly Event[]).filter(({ type }) => isWanted(call, type))
  if (found.length === 0) {
    call.io.stderr(
      namespace === '' ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`,
    )
    return
  }
  show(found.toSorted(byEventTime))
}

function isWanted({ flags }: Call, type = ''): boolean {
  const types = flags.strings('types')
  return types.length === 0 || types.some((one) => one.toLowerCase() === type.toLowerCase())
}

/** Those that there are, and then as they come, until the server ends it. */
async function watch(call: Call, { namespace, fieldSelector }: Asked, show: Show): Promise<void> {
  const rest = await call.factory.rest()
  const { body } = await rest.stream({
    path: collectionPath(events, namespace),
    query: { watch: 'true', ...(fieldSelector !== '' && { fieldSelector }) },
    about: { group: '', resource: 'events' },
    signal: call.io.signal,
  })
  try {
    for await (const { type, object } of decodeWatch(body)) {
      const event = object as Event
      // Events expire: that is nothing to tell.
      if (type !== 'DELETED' && isWanted(call, event.type)) show([event])
    }
  } catch (error) {
    // However the watch ends, it is over and no failure.
    if (call.io.signal.aborted) throw error
  }
}

function rowByRow(call: Call): Show {
  const rows = new EventRows(rowOptions(call))
  const tabs = new RememberingTabs()
  return (shown) => {
    // A message may have tabs and lines of its own.
    const lines = rowsText(rows.rows(shown, call.io.clock.nowMs())).trimEnd().split('\n')
    call.io.stdout(tabs.align(lines.map((line) => line.split('\t'))))
  }
}

function objects(call: Call, printer: Printer): Show {
  return (shown) => {
    for (const event of shown) call.io.stdout(alignTabs(printer.print(typedEvent(event), 'given')))
  }
}

function rowsText(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${cells.join('\t')}\n`).join('')
}

/** Upstream does not tell what went wrong with the printing. */
function printedList(format: string, printer: Printer, items: readonly Event[]): string {
  try {
    refuseStructList(format, 'v1.EventList')
    return printer.print(listOf(items), 'given')
  } catch (error) {
    if (error instanceof CommandError) return ''
    throw error
  }
}

function listOf(items: readonly Event[]): KubeObject {
  return { kind: 'EventList', apiVersion: 'v1', metadata: {}, items: items.map(typedEvent) }
}

function typedEvent(event: Event): KubeObject {
  const object = event as unknown as KubeObject
  return typed({ ...object, kind: 'Event', apiVersion: 'v1' })
}
