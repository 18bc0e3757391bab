/** The last steps of a write: encode once, store, and make sure the cache shows it before the answer. */
import { requestEntityTooLarge } from '#api/meta/status.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { Cached, Written } from '#apiserver/watch-cache/cached.ts'
import type { Resource } from '#resources/resource.ts'
import { revisionOf, type Revision, type WriteOutcome } from '#storage/storage.ts'
import { objectKey, storageKeyOf, toStored, type Engine } from './engine.ts'
import { limits } from './limits.ts'
import type { Call } from './registry.ts'

/** Undefined: the key is taken. */
export async function storeNew(
  engine: Engine,
  call: Call,
  object: ApiObject,
): Promise<Cached | undefined> {
  const { resource: row } = call
  const written = await encode(row, object)
  const value = { bytes: written.stored, attachment: written }
  const key = storageKeyOf(row, written.key)
  const outcome = await engine.storage.create(key, value, timeToLive(row))
  return shownWhenVisible(engine, call, { written, outcome })
}

/** Undefined: the stored object has changed meanwhile. */
export async function storeNext(
  engine: Engine,
  call: Call,
  { object, expected }: { readonly object: ApiObject; readonly expected: Revision },
): Promise<Cached | undefined> {
  const { resource: row } = call
  const written = await encode(row, object)
  const value = { bytes: written.stored, attachment: written }
  const key = storageKeyOf(row, written.key)
  const outcome = await engine.storage.update(key, value, expected, timeToLive(row))
  return shownWhenVisible(engine, call, { written, outcome })
}

/** False: the stored object has changed meanwhile. */
export async function removeStored(
  engine: Engine,
  call: Call,
  { key, revision }: Pick<Cached, 'key' | 'revision'>,
): Promise<boolean> {
  const outcome = await engine.storage.delete(storageKeyOf(call.resource, key), revision)
  if (!outcome.ok) return false
  await engine.cache.reached(outcome.revision)
  return true
}

/** An object as the row's version shows it; a promise only when somebody else converts it. */
export function toServed(engine: Engine, row: Resource, cached: Cached): Cached | Promise<Cached> {
  const view = engine.viewOf(row)
  const wait = view.ready?.([cached])
  return wait === undefined ? view.object(cached) : wait.then(() => view.object(cached))
}

/** What a dry run answers: the object as it would have been written. */
export function unwritten(row: Resource, object: ApiObject): Cached {
  const { namespace = '', name, resourceVersion } = object.metadata
  const key = objectKey(row, namespace, name)
  return new Cached({
    key,
    revision: revisionOf(0),
    resourceVersion: resourceVersion ?? '',
    object,
  })
}

/** Throws RequestEntityTooLarge. */
async function encode(row: Resource, object: ApiObject): Promise<Written> {
  const { namespace = '', name } = object.metadata
  const stored = toStored(row, object)
  const form = stored instanceof Promise ? await stored : stored
  const written = new Written(objectKey(row, namespace, name), form)
  if (written.stored.length > limits.objectBytesMax) {
    throw requestEntityTooLarge(`limit is ${limits.objectBytesMax}`)
  }
  return written
}

/** Once it is stored, the write is not taken back when the caller goes away: so this does not stop. */
async function shownWhenVisible(
  engine: Engine,
  call: Call,
  { written, outcome }: { readonly written: Written; readonly outcome: WriteOutcome },
): Promise<Cached | undefined> {
  if (!outcome.ok) return undefined
  if (engine.cache.revision < outcome.revision) {
    await engine.cache.reached(outcome.revision)
  }
  return toServed(engine, call.resource, written.at(outcome.revision))
}

function timeToLive(row: Resource): { ttlSeconds: number } | undefined {
  return row.ttlSeconds === undefined ? undefined : { ttlSeconds: row.ttlSeconds }
}

export function groupKind(row: Resource): { group: string; kind: string } {
  return { group: row.group, kind: row.kind }
}
