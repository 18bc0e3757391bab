/**
 * Lists. What is asked for decides which state is shown: the newest (no resourceVersion), any ("0"), one
 * not older than a version, or exactly one; pages go on at the revision of the first. All but a past
 * state come from the cache.
 * Upstream: staging/src/k8s.io/apiserver/pkg/storage/cacher/delegator/interface.go, ShouldDelegateList.
 */
import { expired } from '#api/meta/status.ts'
import { Cached } from '#apiserver/watch-cache/cached.ts'
import { firstNotBefore } from '#apiserver/watch-cache/objects-by-name.ts'
import { whenReady } from '#apiserver/watch-cache/remote-view.ts'
import { selectionOf, type Selection } from '#apiserver/watch-cache/selection.ts'
import type { View } from '#apiserver/watch-cache/view.ts'
import { CompactedError, FutureRevisionError, type Revision } from '#storage/storage.ts'
import { decodeContinue, encodeContinue, expiredContinue } from './continue-token.ts'
import { resourceCache, type Engine } from './engine.ts'
import { validateListParams } from './list-options.ts'
import type { Call, ListPage, ListParams } from './registry.ts'
import { notOlderThan, parseResourceVersion } from './resource-version.ts'

/** A list to answer: what is wanted, from where on, and of which past revision (undefined: the present). */
interface Query {
  readonly view: View
  readonly selection: Selection
  readonly limit: number
  /** A key of the row; undefined: from the start. */
  readonly after: string | undefined
  readonly atRevision: Revision | undefined
}

export async function list(engine: Engine, call: Call, params: ListParams): Promise<ListPage> {
  validateListParams(params)
  const view = engine.viewOf(call.resource)
  const selection = selectionOf(view, { namespace: call.namespace, ...params })
  const version = params.resourceVersion ?? ''
  const limit = version === '0' ? 0 : params.limit // as upstream: "0" ignores the limit
  const query = { view, selection, limit, after: undefined, atRevision: undefined }

  if (params.continue !== undefined && params.continue !== '') {
    return goOn(engine, call, { ...query, token: params.continue })
  }
  if (version === '') {
    await engine.cache.current(call.signal)
    return present(engine, query)
  }
  const revision = parseResourceVersion(version)
  await notOlderThan(engine.cache, revision, call.signal)
  const isExact =
    params.resourceVersionMatch === 'Exact' ||
    (limit > 0 && params.resourceVersionMatch !== 'NotOlderThan')
  return isExact ? exact(engine, { ...query, atRevision: revision }) : present(engine, query)
}

/** The next page. A token of an older server may name a revision that is not here yet. */
async function goOn(
  engine: Engine,
  call: Call,
  query: Query & { readonly token: string },
): Promise<ListPage> {
  const { revision, after: start } = decodeContinue(query.token)
  const { namespace } = query.selection
  const after = namespace === undefined ? start : `${namespace}/${start}`
  if (revision === undefined) {
    await engine.cache.current(call.signal)
    return present(engine, { ...query, after })
  }
  await notOlderThan(engine.cache, revision, call.signal)
  try {
    return await exact(engine, { ...query, after, atRevision: revision })
  } catch (error) {
    throw error instanceof CompactedError ? expiredContinue(start) : error
  }
}

async function present(engine: Engine, query: Query): Promise<ListPage> {
  const { view, selection } = query
  const cache = resourceCache(engine, view.row)
  if (view.ready !== undefined) await whenReady(view, () => cache.all(selection.namespace))
  const items = cache.list(view, selection)
  return page(items, { ...query, atRevision: engine.cache.revision })
}

/** The state at a revision; the cache still has it when nothing changed since. */
async function exact(
  engine: Engine,
  query: Query & { readonly atRevision: Revision },
): Promise<ListPage> {
  const { view, selection, atRevision, after } = query
  const cache = resourceCache(engine, view.row)
  if (view.ready !== undefined) await whenReady(view, () => cache.all(selection.namespace))
  if (cache.changed <= atRevision) return page(cache.list(view, selection), query)
  const { namespace } = selection
  // What is selected is found only by looking at everything; pages of it may need all keys.
  const limit = selection.isPlain && selection.name === undefined ? query.limit : 0
  const range = await engine.storage
    .range({
      prefix: namespace === undefined ? cache.prefix : `${cache.prefix}${namespace}/`,
      limit,
      countRemaining: limit > 0,
      ...(after !== undefined && { after: cache.prefix + after }),
      atRevision,
    })
    .catch((error: unknown) => Promise.reject(pastFailure(error, query)))
  const items = range.entries.map(({ key, value, revision }) => {
    const parts = { key: key.slice(cache.prefix.length), stored: value.bytes }
    return new Cached({ ...parts, revision, resourceVersion: String(revision) })
  })
  if (view.ready !== undefined) await view.ready(items)
  const shown = view.list(items)
  if (limit === 0) return page(shown.filter(selection.matches), query)
  return pageOf(shown, range.remaining ?? 0, query)
}

/** Outside of paging a compacted revision is simply too old. */
function pastFailure(error: unknown, { after, atRevision }: Query): unknown {
  if (error instanceof CompactedError && after === undefined) {
    return expired(`The resourceVersion for the provided list is too old.`)
  }
  if (error instanceof FutureRevisionError) {
    return expired(`resource version ${atRevision} is in the future of the store`)
  }
  return error
}

/** Cuts the page out of the list of all that is wanted. */
function page(all: readonly Cached[], query: Query & { readonly atRevision: Revision }): ListPage {
  const { limit, after } = query
  const start = after === undefined ? 0 : firstAfter(all, after)
  const end = limit === 0 ? all.length : Math.min(start + limit, all.length)
  const items = start === 0 && end === all.length ? all : all.slice(start, end)
  return pageOf(items, all.length - end, query)
}

function pageOf(
  items: readonly Cached[],
  remaining: number,
  { selection, atRevision }: Query & { readonly atRevision: Revision },
): ListPage {
  const resourceVersion = String(atRevision)
  const last = items.at(-1)
  if (remaining === 0 || last === undefined) return { resourceVersion, items }
  const { namespace } = selection
  const after = namespace === undefined ? last.key : last.key.slice(namespace.length + 1)
  return {
    resourceVersion,
    items,
    continue: encodeContinue({ revision: atRevision, after }),
    // Upstream counts only what no selector narrows.
    ...(selection.isPlain && { remainingItemCount: remaining }),
  }
}

function firstAfter(all: readonly Cached[], key: string): number {
  const index = firstNotBefore(all, key)
  return all[index]?.key === key ? index + 1 : index
}
