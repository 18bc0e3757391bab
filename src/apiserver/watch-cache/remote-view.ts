/**
 * The sight of a row whose objects somebody else converts: what is to be shown is fetched first. Each
 * object is asked for once, however many wait for it.
 */
import type { Conversion, Resource } from '#resources/resource.ts'
import type { Cached } from './cached.ts'
import { ObjectEvent } from './object-event.ts'
import { converted, type View } from './view.ts'

export function remoteView(row: Resource, remote: NonNullable<Conversion['remote']>): View {
  const shown = new WeakMap<Cached, Cached>()
  const pending = new WeakMap<Cached, Promise<void>>()
  const object = (cached: Cached): Cached => shown.get(cached) ?? cached
  const fetch = async (list: readonly Cached[]): Promise<void> => {
    try {
      const objects = await remote.fromStored(list.map((cached) => cached.object))
      for (const [index, cached] of list.entries()) {
        const found = objects[index]
        if (found !== undefined) shown.set(cached, converted(cached, found))
      }
    } finally {
      for (const cached of list) pending.delete(cached)
    }
  }
  return {
    row,
    object,
    list: (list) => list.map(object),
    event: ({ revision, cached, prior }) =>
      new ObjectEvent(revision, cached && object(cached), prior && object(prior)),
    ready(list) {
      const missing = list.filter((cached) => !shown.has(cached))
      if (missing.length === 0) return undefined
      const unasked = missing.filter((cached) => !pending.has(cached))
      if (unasked.length > 0) {
        const asked = fetch(unasked)
        for (const cached of unasked) pending.set(cached, asked)
      }
      const waits = new Set(missing.flatMap((cached) => pending.get(cached) ?? []))
      return Promise.all(waits).then(() => undefined)
    },
  }
}

/** Resolves when the view can show whatever `list` then answers, without a turn in between. */
export async function whenReady(view: View, list: () => readonly Cached[]): Promise<void> {
  if (view.ready === undefined) return
  for (let wait = view.ready(list()); wait !== undefined; wait = view.ready(list())) await wait
}
