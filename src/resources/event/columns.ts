/** Upstream: pkg/printers/internalversion/printers.go, printEvent. */
import type { Event } from '#api/core/v1.gen.ts'
import { translateTimestampSince } from '#api/meta/time.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { nameColumn, stringColumn, wide } from '#resources/columns.ts'
import type { Column } from '#resources/resource.ts'

/** `view` shows an object of the served version as one of core. */
export function eventColumns<T extends ApiObject>(
  view: (object: T) => Event,
): readonly Column<T>[] {
  const column = (
    name: string,
    description: string,
    cell: (event: Event, nowMs: number) => unknown,
  ): Column<T> => stringColumn(name, description, (object, nowMs) => cell(view(object), nowMs))
  return [
    column(
      'Last Seen',
      'The time at which the most recent occurrence of this event was recorded.',
      lastSeen,
    ),
    column(
      'Type',
      'Type of this event (Normal, Warning), new types could be added in the future',
      ({ type }) => type ?? '',
    ),
    column(
      'Reason',
      "This should be a short, machine understandable string that gives the reason for the transition into the object's current status.",
      ({ reason }) => reason ?? '',
    ),
    column('Object', 'The object that this event is about.', involved),
    wide(
      column(
        'Subobject',
        'The part of the object that this event is about.',
        ({ involvedObject }) => involvedObject?.fieldPath ?? '',
      ),
    ),
    wide(
      column(
        'Source',
        'The component reporting this event. Should be a short machine understandable string.',
        source,
      ),
    ),
    column(
      'Message',
      'A human-readable description of the status of this operation.',
      ({ message }) => (message ?? '').trim(),
    ),
    wide(
      column(
        'First Seen',
        'The time at which the event was first recorded. (Time of server receipt is in TypeMeta.)',
        firstSeen,
      ),
    ),
    wide(
      column(
        'Count',
        'The number of times this event has occurred.',
        ({ series, count }) => series?.count ?? (count || 1),
      ),
    ),
    wide(nameColumn()),
  ]
}

function firstSeen({ firstTimestamp, eventTime }: Event, nowMs: number): string {
  return translateTimestampSince(firstTimestamp ?? eventTime, nowMs)
}

function lastSeen(event: Event, nowMs: number): string {
  if (event.series !== undefined) {
    return translateTimestampSince(event.series.lastObservedTime, nowMs)
  }
  if (event.lastTimestamp === undefined) return firstSeen(event, nowMs)
  return translateTimestampSince(event.lastTimestamp, nowMs)
}

function involved({ involvedObject }: Event): string {
  const kind = (involvedObject?.kind ?? '').toLowerCase()
  return involvedObject?.name ? `${kind}/${involvedObject.name}` : kind
}

function source({ source: by, reportingComponent, reportingInstance }: Event): string {
  const component = by?.component || (reportingComponent ?? '')
  const instance = by?.host || (reportingInstance ?? '')
  return instance === '' ? component : `${component}, ${instance}`
}
