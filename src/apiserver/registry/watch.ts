/**
 * Watches: what a new watcher is shown first, then everything that comes.
 * Upstream: staging/src/k8s.io/apiserver/pkg/storage/cacher/cacher.go, Watch.
 */
import { expired } from '#api/meta/status.ts'
import { bookmark } from '#apiserver/watch-cache/bookmarks.ts'
import type { Cached } from '#apiserver/watch-cache/cached.ts'
import { replay, statesOf, type Watcher } from '#apiserver/watch-cache/channels.ts'
import { limits } from '#apiserver/watch-cache/limits.ts'
import { whenReady } from '#apiserver/watch-cache/remote-view.ts'
import type { ResourceCache } from '#apiserver/watch-cache/resource-cache.ts'
import { selectionOf } from '#apiserver/watch-cache/selection.ts'
import type { Revision } from '#storage/storage.ts'
import { resourceCache, type Engine } from './engine.ts'
import { validateWatchParams } from './list-options.ts'
import type { CacheEvent, Call, WatchParams, WatchSink } from './registry.ts'
import { notOlderThan, parseResourceVersion } from './resource-version.ts'

export async function watch(
  engine: Engine,
  call: Call,
  params: WatchParams,
  sink: WatchSink,
): Promise<void> {
  validateWatchParams(params)
  const view = engine.viewOf(call.resource)
  const selection = selectionOf(view, { namespace: call.namespace, ...params })
  const watcher: Watcher = { view, selection, sink, allowBookmarks: params.allowBookmarks }
  const from = parseResourceVersion(params.resourceVersion)
  const withState = showsState(params, from)

  if (withState && (params.resourceVersion ?? '') === '') await engine.cache.current(call.signal)
  // A streaming list of the future times out as a list does; a plain watch of it just waits.
  else if (params.sendInitialEvents === true) await notOlderThan(engine.cache, from, call.signal)
  else await engine.cache.reached(from, call.signal)

  const resource = resourceCache(engine, call.resource)
  if (view.ready !== undefined) {
    await whenReady(view, () =>
      withState ? resource.all(selection.namespace) : statesOf(resource.window.since(from) ?? []),
    )
  }
  const first = withState
    ? initialEvents(engine, { resource, watcher, params })
    : resumedEvents(resource, watcher, from === 0n ? engine.cache.revision : from)
  if (first instanceof Error) return sink.end(first)
  if (first.length > 0) sink.events(first)
  join(engine, { resource, watcher, call, timeoutMs: params.timeoutMs })
}

/** Whether the watch begins with what exists: without a version or with "0", unless told otherwise. */
function showsState({ sendInitialEvents }: WatchParams, from: Revision): boolean {
  return sendInitialEvents ?? from === 0n
}

/** What exists, as ADDED events; a streaming list is closed by its bookmark. */
function initialEvents(
  engine: Engine,
  { resource, watcher, params }: { resource: ResourceCache; watcher: Watcher; params: WatchParams },
): readonly CacheEvent[] {
  const { view, selection } = watcher
  const events = resource
    .list(view, selection)
    .map((cached: Cached): CacheEvent => ({ type: 'ADDED', cached }))
  if (params.sendInitialEvents === true && params.allowBookmarks) {
    events.push(bookmark(view.row, engine.cache.revision, { isInitialEventsEnd: true }))
  }
  return events
}

function resumedEvents(
  resource: ResourceCache,
  watcher: Watcher,
  from: Revision,
): readonly CacheEvent[] | Error {
  const missed = resource.window.since(from)
  if (missed === undefined) {
    return expired(`too old resource version: ${from} (${resource.window.floor})`)
  }
  return replay(watcher, missed)
}

/** From here on events come by themselves, until the caller goes away. */
function join(
  engine: Engine,
  membership: {
    readonly resource: ResourceCache
    readonly watcher: Watcher
    readonly call: Call
    readonly timeoutMs: number | undefined
  },
): void {
  const { resource, watcher, call, timeoutMs } = membership
  if (call.signal.aborted) return
  resource.channels.add(watcher)
  const last =
    timeoutMs === undefined ? undefined : lastBookmark(engine, { resource, watcher, timeoutMs })
  call.signal.addEventListener(
    'abort',
    () => {
      resource.channels.remove(watcher)
      last?.[Symbol.dispose]()
    },
    { once: true },
  )
}

/** Shortly before the watch times out it is told where to resume. */
function lastBookmark(
  engine: Engine,
  {
    resource,
    watcher,
    timeoutMs,
  }: { resource: ResourceCache; watcher: Watcher; timeoutMs: number },
): Disposable | undefined {
  if (!watcher.allowBookmarks || timeoutMs <= limits.bookmarkBeforeTimeoutMs) return undefined
  return engine.clock.after(timeoutMs - limits.bookmarkBeforeTimeoutMs, () => {
    if (!resource.channels.has(watcher)) return
    watcher.sink.events([bookmark(watcher.view.row, engine.cache.revision)])
  })
}
