/**
 * Who watches a resource. Watchers with the same selection share a channel: an event is judged once a
 * channel and handed to its sinks as one shared array. Channels that ask for one value of a field (a
 * kubelet's `spec.nodeName=`, a name, a namespace) are found by that value, so that five thousand
 * kubelets cost an event no more than one.
 */
import type { CacheEvent, WatchSink } from '#apiserver/registry/registry.ts'
import type { Cached } from './cached.ts'
import type { ObjectEvent } from './object-event.ts'
import { whenReady } from './remote-view.ts'
import type { Selection } from './selection.ts'
import type { View } from './view.ts'

export interface Watcher {
  readonly view: View
  readonly selection: Selection
  readonly sink: WatchSink
  readonly allowBookmarks: boolean
}

interface Channel {
  readonly view: View
  readonly selection: Selection
  readonly watchers: Set<Watcher>
  /** Events that wait for conversions, in order. */
  turn?: Promise<void>
}

/** Reads the field that an index is about. */
type FieldReader = (cached: Cached) => string

interface FieldIndex {
  readonly read: FieldReader
  readonly byValue: Map<string, Set<Channel>>
}

export class Channels {
  readonly #byId = new Map<string, Channel>()
  /** Channels that have to look at every event. */
  readonly #general = new Set<Channel>()
  readonly #indexes = new Map<string, FieldIndex>()

  get size(): number {
    return this.#byId.size
  }

  has(watcher: Watcher): boolean {
    return this.#byId.get(idOf(watcher))?.watchers.has(watcher) === true
  }

  add(watcher: Watcher): void {
    const { view, selection } = watcher
    const id = idOf(watcher)
    let channel = this.#byId.get(id)
    if (channel === undefined) {
      channel = { view, selection, watchers: new Set() }
      this.#byId.set(id, channel)
      this.#index(channel)
    }
    channel.watchers.add(watcher)
  }

  remove(watcher: Watcher): void {
    const id = idOf(watcher)
    const channel = this.#byId.get(id)
    if (channel === undefined || !channel.watchers.delete(watcher)) return
    if (channel.watchers.size > 0) return
    this.#byId.delete(id)
    this.#unindex(channel)
  }

  /** Hands events that were committed together to all who selected them. */
  deliver(events: readonly ObjectEvent[]): void {
    for (const channel of this.#general) send(channel, events)
    for (const [channel, found] of this.#indexed(events)) send(channel, found)
  }

  *watchers(): Iterable<Watcher> {
    for (const channel of this.#byId.values()) yield* channel.watchers
  }

  /** For each channel that an index points to, the events that may concern it. */
  #indexed(events: readonly ObjectEvent[]): Map<Channel, ObjectEvent[]> {
    const found = new Map<Channel, ObjectEvent[]>()
    for (const { read, byValue } of this.#indexes.values()) {
      for (const event of events) {
        const now = event.cached && read(event.cached)
        const before = event.prior && read(event.prior)
        if (now !== undefined) collect(found, byValue.get(now), event)
        if (before !== undefined && before !== now) collect(found, byValue.get(before), event)
      }
    }
    return found
  }

  #index(channel: Channel): void {
    const { trigger } = channel.selection
    if (trigger === undefined) {
      this.#general.add(channel)
      return
    }
    let index = this.#indexes.get(trigger.id)
    if (index === undefined) {
      index = { read: trigger.read, byValue: new Map() }
      this.#indexes.set(trigger.id, index)
    }
    const channels = index.byValue.get(trigger.value)
    if (channels === undefined) index.byValue.set(trigger.value, new Set([channel]))
    else channels.add(channel)
  }

  #unindex(channel: Channel): void {
    const { trigger } = channel.selection
    if (trigger === undefined) {
      this.#general.delete(channel)
      return
    }
    const index = this.#indexes.get(trigger.id)
    const channels = index?.byValue.get(trigger.value)
    channels?.delete(channel)
    if (channels?.size === 0) index?.byValue.delete(trigger.value)
    if (index?.byValue.size === 0) this.#indexes.delete(trigger.id)
  }
}

/** Who has to wait for conversions waits alone: others may have begun later, with newer objects. */
function idOf(watcher: Watcher): string {
  const { view, selection } = watcher
  if (view.ready !== undefined) return aloneId(watcher)
  return `${view.row.group}/${view.row.version} ${selection.id}`
}

const alone = new WeakMap<Watcher, string>()
let aloneCount = 0

function aloneId(watcher: Watcher): string {
  let id = alone.get(watcher)
  if (id === undefined) {
    id = `alone ${++aloneCount}`
    alone.set(watcher, id)
  }
  return id
}

function collect(
  found: Map<Channel, ObjectEvent[]>,
  channels: ReadonlySet<Channel> | undefined,
  event: ObjectEvent,
): void {
  for (const channel of channels ?? []) {
    const events = found.get(channel)
    if (events === undefined) found.set(channel, [event])
    else if (events.at(-1) !== event) events.push(event)
  }
}

function send(channel: Channel, events: readonly ObjectEvent[]): void {
  const { view } = channel
  if (view.ready === undefined) return sendNow(channel, events)
  const earlier = channel.turn ?? Promise.resolve()
  channel.turn = earlier.then(() => sendWhenReady(channel, events))
}

async function sendWhenReady(channel: Channel, events: readonly ObjectEvent[]): Promise<void> {
  try {
    await whenReady(channel.view, () => statesOf(events))
    sendNow(channel, events)
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error))
    for (const { sink } of channel.watchers) sink.end(failure)
    channel.watchers.clear()
  }
}

/** All that events show, before and after. */
export function statesOf(events: readonly ObjectEvent[]): readonly Cached[] {
  return events.flatMap(({ cached, prior }) => [
    ...(cached === undefined ? [] : [cached]),
    ...(prior === undefined ? [] : [prior]),
  ])
}

function sendNow(channel: Channel, events: readonly ObjectEvent[]): void {
  const batch = seen(channel, events)
  if (batch.length === 0) return
  for (const { sink } of channel.watchers) sink.events(batch)
}

function seen(
  { view, selection }: Pick<Channel, 'view' | 'selection'>,
  events: readonly ObjectEvent[],
) {
  const batch: CacheEvent[] = []
  for (const event of events) {
    const visible = selection.isEverything
      ? view.event(event).plain
      : view.event(event).seenBy(selection.matches)
    if (visible !== undefined) batch.push(visible)
  }
  return batch
}

/** What a new watcher is shown of past events. */
export function replay(watcher: Watcher, events: readonly ObjectEvent[]): readonly CacheEvent[] {
  return seen(watcher, events)
}
