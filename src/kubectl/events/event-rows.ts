/** Events as rows of a table. Upstream: kubectl pkg/cmd/events/event_printer.go. */
import type { Event } from '#api/core/v1.gen.ts'
import { intervalText, timeMs } from '#kubectl/describe/events.ts'
import { escapeTerminal } from '#kubectl/printers/table.ts'

export interface RowOptions {
  readonly noHeaders: boolean
  readonly withNamespace: boolean
}

/** The headers come with the first rows. */
export class EventRows {
  readonly #options: RowOptions
  #headersDue: boolean

  constructor(options: RowOptions) {
    this.#options = options
    this.#headersDue = !options.noHeaders
  }

  rows(events: readonly Event[], nowMs: number): readonly (readonly string[])[] {
    const { withNamespace } = this.#options
    const headers = ['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE']
    const rows = events.map((event) => [
      ...(withNamespace ? [event.metadata.namespace ?? ''] : []),
      ...cellsOf(event, nowMs),
    ])
    if (!this.#headersDue) return rows
    this.#headersDue = false
    return [[...(withNamespace ? ['NAMESPACE'] : []), ...headers], ...rows]
  }
}

function cellsOf(event: Event, nowMs: number): readonly string[] {
  const { type = '', reason = '', message = '', involvedObject } = event
  const { kind = '', name = '' } = involvedObject
  return [
    intervalText(event, nowMs),
    escapeTerminal(type),
    escapeTerminal(reason),
    `${escapeTerminal(kind)}/${escapeTerminal(name)}`,
    escapeTerminal(message.trim()),
  ]
}

/** The last time that it was seen, wherever that is kept. */
export function byEventTime(a: Event, b: Event): number {
  return lastMs(a) - lastMs(b)
}

function lastMs({ series, lastTimestamp, eventTime }: Event): number {
  if (series !== undefined) return timeMs(series.lastObservedTime)
  return timeMs(lastTimestamp ?? eventTime)
}
