/** All objects of one storage key, their recent events and who watches them. */
import { revisionOf, type KeyChange, type Entry, type Revision } from '#storage/storage.ts'
import { Cached, Written } from './cached.ts'
import { Channels } from './channels.ts'
import { EventWindow } from './event-window.ts'
import { limits } from './limits.ts'
import { ObjectEvent } from './object-event.ts'
import { ObjectsByName } from './objects-by-name.ts'
import type { Selection } from './selection.ts'
import type { View } from './view.ts'

export const registryPrefix = '/registry/'

export class ResourceCache {
  /** As in `Resource.storageKey`. */
  readonly storageKey: string
  readonly channels = new Channels()
  readonly window = new EventWindow(revisionOf(0))
  readonly #prefix: string
  #objects = new ObjectsByName()
  #loading = new ObjectsByName()
  readonly #filtered = new FilteredLists()
  /** What the store held at this revision was loaded; changes up to it are known. */
  #loaded = revisionOf(0)
  #changed = revisionOf(0)

  constructor(storageKey: string) {
    this.storageKey = storageKey
    this.#prefix = `${registryPrefix}${storageKey}/`
  }

  /** The prefix of its keys in the store, with the slash. */
  get prefix(): string {
    return this.#prefix
  }

  get size(): number {
    return this.#objects.size
  }

  /** The revision of the newest change that is known. */
  get changed(): Revision {
    return this.#changed
  }

  /** `key`: `namespace/name`, or `name`. */
  get(key: string): Cached | undefined {
    return this.#objects.get(key)
  }

  /** In key order, as they are stored. */
  all(namespace: string | undefined): readonly Cached[] {
    return this.#objects.list(namespace)
  }

  /** In key order, as the view shows them; the same array while nothing changed. */
  list(view: View, selection: Selection): readonly Cached[] {
    const all = this.#objects.list(selection.namespace)
    if (selection.name !== undefined) return this.#listOne(view, selection)
    const shown = view.list(all)
    return selection.isPlain ? shown : this.#filtered.of(shown, selection)
  }

  /** Takes what the store holds; it is shown when all of it is {@link loaded}. */
  load(entry: Entry): void {
    const key = this.#keyOf(entry.key)
    const known = this.#objects.size === 0 ? undefined : this.#objects.get(key)
    this.#loading.set(known?.revision === entry.revision ? known : cachedOf(entry, key))
  }

  /**
   * All that the store held at the revision was taken in. Answers with what changed for those who
   * watched before; in between they may have missed states, but not the last.
   */
  loaded(revision: Revision): readonly ObjectEvent[] {
    const before = this.#objects
    this.#objects = this.#loading
    this.#loading = new ObjectsByName()
    this.window.reset(revision)
    this.#loaded = revision
    this.#changed = revision
    return this.channels.size === 0 ? [] : difference(before, this.#objects, revision)
  }

  /** Undefined when the change says nothing new (it was loaded already). */
  apply(change: KeyChange): ObjectEvent | undefined {
    const revision = change.type === 'put' ? change.entry.revision : change.revision
    if (revision <= this.#loaded) return undefined
    const key = this.#keyOf(change.type === 'put' ? change.entry.key : change.key)
    const prior = this.#objects.get(key)
    const event =
      change.type === 'put' ? this.#put(change.entry, prior) : this.#delete(key, prior, revision)
    this.#changed = revision
    if (event !== undefined) this.window.push(event)
    return event
  }

  #put(entry: Entry, prior: Cached | undefined): ObjectEvent {
    prior?.load()
    const cached = cachedOf(entry, this.#keyOf(entry.key))
    this.#objects.set(cached)
    return new ObjectEvent(entry.revision, cached, prior)
  }

  #delete(key: string, prior: Cached | undefined, revision: Revision): ObjectEvent | undefined {
    if (prior === undefined) return undefined
    prior.load()
    this.#objects.delete(key)
    return new ObjectEvent(revision, undefined, prior)
  }

  /** One name: in one namespace a lookup, in all of them a search. */
  #listOne(view: View, selection: Selection): readonly Cached[] {
    const { namespace, name = '' } = selection
    const key = namespace === undefined ? name : `${namespace}/${name}`
    if (view.row.namespaced && namespace === undefined) {
      return this.#filtered.of(view.list(this.#objects.list(undefined)), selection)
    }
    const cached = this.#objects.get(key)
    const shown = cached === undefined ? undefined : view.object(cached)
    return shown !== undefined && selection.matches(shown) ? [shown] : []
  }

  #keyOf(storageKey: string): string {
    return storageKey.slice(this.#prefix.length)
  }
}

function difference(
  before: ObjectsByName,
  after: ObjectsByName,
  revision: Revision,
): readonly ObjectEvent[] {
  const events: ObjectEvent[] = []
  for (const prior of before.list(undefined)) {
    if (after.get(prior.key) === undefined) events.push(new ObjectEvent(revision, undefined, prior))
  }
  for (const cached of after.list(undefined)) {
    const prior = before.get(cached.key)
    if (prior !== cached) events.push(new ObjectEvent(cached.revision, cached, prior))
  }
  return events.sort((a, b) => (a.revision < b.revision ? -1 : 1))
}

/** The cached object that the writer has made already, or a new one from the bytes. */
function cachedOf({ value, revision }: Entry, key: string): Cached {
  if (value.attachment instanceof Written) return value.attachment.at(revision)
  return new Cached({ key, revision, resourceVersion: String(revision), value })
}

/** Lists by selector, kept as long as the list that they were taken from. */
class FilteredLists {
  readonly #bySource = new WeakMap<readonly Cached[], Map<string, readonly Cached[]>>()

  of(source: readonly Cached[], selection: Selection): readonly Cached[] {
    let bySelection = this.#bySource.get(source)
    if (bySelection === undefined) {
      bySelection = new Map()
      this.#bySource.set(source, bySelection)
    }
    let list = bySelection.get(selection.id)
    if (list === undefined) {
      list = source.filter(selection.matches)
      if (bySelection.size >= limits.filteredListsMax) bySelection.clear()
      bySelection.set(selection.id, list)
    }
    return list
  }
}
