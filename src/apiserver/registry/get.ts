import { notFound } from '#api/meta/status.ts'
import type { Cached } from '#apiserver/watch-cache/cached.ts'
import { getCurrent, groupResource, objectKey, resourceCache, type Engine } from './engine.ts'
import type { Call } from './registry.ts'
import { notOlderThan, parseResourceVersion } from './resource-version.ts'
import { scaleOf } from './scale.ts'
import { toServed } from './write.ts'

/**
 * No resourceVersion: the newest state. "0": whatever is at hand. Another: not older than it.
 * Throws NotFound.
 */
export async function get(
  engine: Engine,
  call: Call,
  name: string,
  resourceVersion?: string,
): Promise<Cached> {
  const stored = await find(engine, call, { name, resourceVersion })
  const served = toServed(engine, call.resource, stored)
  const shown = served instanceof Promise ? await served : served
  return call.subresource === 'scale' ? scaleOf(call.resource, shown) : shown
}

async function find(
  engine: Engine,
  call: Call,
  { name, resourceVersion = '' }: { name: string; resourceVersion: string | undefined },
): Promise<Cached> {
  if (resourceVersion === '') return getCurrent(engine, call, name)
  await notOlderThan(engine.cache, parseResourceVersion(resourceVersion), call.signal)
  const { resource: row, namespace } = call
  const cached = resourceCache(engine, row).get(objectKey(row, namespace, name))
  if (cached === undefined) throw notFound(groupResource(row), name)
  return cached
}
