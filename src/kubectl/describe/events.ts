/** What happened to an object. Upstream: describe.go (DescribeEvents, searchEvents), util/event. */
import type { Event } from '#api/core/v1.gen.ts'
import { formatFieldSelector } from './field-selector.ts'
import { sinceText } from './time-text.ts'
import type { OptionalTime } from './time-text.ts'
import type { PrefixWriter } from './prefix-writer.ts'
import type { Reader } from './reader.ts'

/** What events are looked up by; an empty kind or uid is no condition. */
export interface EventSubject {
  readonly kind?: string
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly uid?: string }
}

export async function eventsAbout(subject: EventSubject, reader: Reader): Promise<Event[]> {
  const { kind = '' } = subject
  const { name, namespace = '', uid = '' } = subject.metadata
  const fields = formatFieldSelector({
    'involvedObject.name': name,
    'involvedObject.namespace': namespace,
    ...(kind !== '' && { 'involvedObject.kind': kind }),
    ...(uid !== '' && { 'involvedObject.uid': uid }),
  })
  const place = { resource: 'events', ...(namespace !== '' && { namespace }) }
  return await reader.list<Event>(place, { fields })
}

export function writeEvents(w: PrefixWriter, events: readonly Event[], nowMs: number): void {
  if (events.length === 0) {
    w.write(0, 'Events:\t<none>\n')
    return
  }
  w.flush()
  w.write(0, 'Events:\n  Type\tReason\tAge\tFrom\tMessage\n')
  w.write(1, '----\t------\t----\t----\t-------\n')
  for (const event of events.toSorted(byLastTime)) {
    const { type = '', reason = '' } = event
    const from = event.source?.component || (event.reportingComponent ?? '')
    const cells = [type, reason, intervalText(event, nowMs), from, messageOf(event)]
    w.write(1, `${cells.join('\t')}\n`)
  }
}

function byLastTime(a: Event, b: Event): number {
  return timeMs(a.lastTimestamp) - timeMs(b.lastTimestamp)
}

/** Nothing is earlier than no time at all. */
export function timeMs(time: OptionalTime): number {
  return time === undefined || time === null ? Number.MIN_SAFE_INTEGER : Date.parse(time)
}

/** `3s`, or `3s (x2 over 10s)`. */
export function intervalText(event: Event, nowMs: number): string {
  const { eventTime, firstTimestamp, lastTimestamp, series, count = 0 } = event
  const first = sinceText(eventTime ?? firstTimestamp, nowMs)
  if (series !== undefined) {
    return `${sinceText(series.lastObservedTime, nowMs)} (x${series.count ?? 0} over ${first})`
  }
  return count > 1 ? `${sinceText(lastTimestamp, nowMs)} (x${count} over ${first})` : first
}

function messageOf({ message = '', involvedObject }: Event): string {
  const { fieldPath = '' } = involvedObject
  return fieldPath === '' ? message.trim() : `${fieldPath}: ${message.trim()}`
}
