/** Upstream: pkg/apis/events/v1/conversion.go: the same fields, under other names. */
import type { Event } from '#api/core/v1.gen.ts'
import type { Event as EventsV1Event } from '#api/events/v1.gen.ts'

/** events.k8s.io's name of each field of core that has another one there. */
const renamed = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
] as const satisfies readonly (readonly [keyof Event, keyof EventsV1Event])[]

const toNew = new Map<string, string>(renamed)
const toOld = new Map<string, string>(renamed.map(([core, events]) => [events, core]))

export function fromCore(event: Event): EventsV1Event {
  return { ...rename(event, toNew), apiVersion: 'events.k8s.io/v1' } as EventsV1Event
}

export function toCore(event: EventsV1Event): Event {
  return { ...rename(event, toOld), apiVersion: 'v1' } as Event
}

function rename(event: object, names: ReadonlyMap<string, string>): Record<string, unknown> {
  const entries = Object.entries(event)
  return Object.fromEntries(entries.map(([name, value]) => [names.get(name) ?? name, value]))
}
