/**
 * A row's sight of a resource. Rows of several versions share one storage key: the stored version sees
 * the objects as they are, another one sees them converted, each object once. What a conversion leaves
 * as it is stays the same object, so that nothing is kept or encoded twice.
 */
import type { Conversion, Resource } from '#resources/resource.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { Cached } from './cached.ts'
import { ObjectEvent } from './object-event.ts'
import { remoteView } from './remote-view.ts'

export interface View {
  readonly row: Resource
  object(cached: Cached): Cached
  /** The same array for the same array. */
  list(list: readonly Cached[]): readonly Cached[]
  event(event: ObjectEvent): ObjectEvent
  /**
   * Absent: everything can be shown at once. Otherwise undefined when these can be, or resolves when
   * they can; until then they are shown as they are stored. Rejects when they cannot be converted.
   */
  ready?(list: readonly Cached[]): Promise<void> | undefined
}

export function viewOf(row: Resource): View {
  const { conversion } = row
  if (conversion === undefined) {
    return { row, object: (cached) => cached, list: (list) => list, event: (event) => event }
  }
  const { remote } = conversion
  return remote === undefined ? localView(row, conversion) : remoteView(row, remote)
}

function localView(row: Resource, conversion: Conversion): View {
  const object = memoize((cached: Cached) =>
    converted(cached, conversion.fromStored(cached.object)),
  )
  return {
    row,
    object,
    list: memoize((list: readonly Cached[]) => {
      const shown = list.map(object)
      return shown.every((each, index) => each === list[index]) ? list : shown
    }),
    event: memoize((event: ObjectEvent) => {
      const cached = event.cached && object(event.cached)
      const prior = event.prior && object(event.prior)
      if (cached === event.cached && prior === event.prior) return event
      return new ObjectEvent(event.revision, cached, prior)
    }),
  }
}

/** The cached object with what it was converted to; itself when that is the same. */
export function converted(cached: Cached, object: ApiObject): Cached {
  if (object === cached.object) return cached
  const { key, revision, resourceVersion } = cached
  object.metadata = { ...object.metadata, resourceVersion }
  return new Cached({ key, revision, resourceVersion, object })
}

function memoize<K extends object, V>(make: (key: K) => V): (key: K) => V {
  const made = new WeakMap<K, V>()
  return (key) => {
    let value = made.get(key)
    if (value === undefined) {
      value = make(key)
      made.set(key, value)
    }
    return value
  }
}
