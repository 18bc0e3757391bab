/**
 * A row's sight of a resource. Rows of several versions share one storage key: the stored version sees
 * the objects as they are, another one sees them converted, each object once.
 */
import type { Resource } from '#resources/resource.ts'
import { Cached } from './cached.ts'
import { ObjectEvent } from './object-event.ts'

export interface View {
  readonly row: Resource
  object(cached: Cached): Cached
  /** The same array for the same array. */
  list(list: readonly Cached[]): readonly Cached[]
  event(event: ObjectEvent): ObjectEvent
}

export function viewOf(row: Resource): View {
  const { conversion } = row
  if (conversion === undefined) {
    return { row, object: (cached) => cached, list: (list) => list, event: (event) => event }
  }
  const object = memoize((cached: Cached) => {
    const { key, revision, resourceVersion } = cached
    const converted = conversion.fromStored(cached.object)
    converted.metadata = { ...converted.metadata, resourceVersion }
    return new Cached({ key, revision, resourceVersion, object: converted })
  })
  return {
    row,
    object,
    list: memoize((list: readonly Cached[]) => list.map(object)),
    event: memoize(({ revision, cached, prior }: ObjectEvent) => {
      return new ObjectEvent(revision, cached && object(cached), prior && object(prior))
    }),
  }
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
