/** The server's own access to what it stores: no admission, no HTTP, no waiting for reads. */
import { internalError } from '#api/meta/status.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import type { Cached } from '#apiserver/watch-cache/cached.ts'
import { cloneJson } from '#apiserver/watch-cache/json.ts'
import { selectionOf } from '#apiserver/watch-cache/selection.ts'
import type { Resource } from '#resources/resource.ts'
import { create } from './create.ts'
import { deleteOne } from './delete.ts'
import { objectKey, resourceCache, type Engine } from './engine.ts'
import { modify } from './modify.ts'
import type { Objects } from './objects.ts'
import type { Call, WatchSink } from './registry.ts'

/** Stands in the managed fields of what the server writes by itself. */
const serverUser = { name: 'system:apiserver', groups: ['system:masters'] }

/** The rows may come and go. */
export function createObjects(
  served: Engine,
  { rows, subscribeRows }: Pick<Objects, 'rows' | 'subscribeRows'>,
): Objects {
  const engine: Engine = { ...served, admission: [] }
  const rowOf = (type: ResourceType<unknown>): Resource => find(rows(), type)
  const lists = new WeakMap<readonly Cached[], readonly ApiObject[]>()
  const callOf = (type: ResourceType<unknown>, namespace: string, subresource = ''): Call => ({
    user: serverUser,
    resource: rowOf(type),
    namespace,
    subresource,
    fieldManager: 'kube-apiserver',
    dryRun: false,
    signal: never,
    warn() {},
  })
  return {
    rows,
    subscribeRows,
    get<T>(type: ResourceType<T>, namespace: string, name: string) {
      const row = rowOf(type)
      const cached = resourceCache(engine, row).get(objectKey(row, namespace, name))
      return cached && (engine.viewOf(row).object(cached).object as T)
    },
    list<T>(type: ResourceType<T>, namespace = '') {
      const view = engine.viewOf(rowOf(type))
      const cached = resourceCache(engine, view.row).list(view, selectionOf(view, { namespace }))
      let list = lists.get(cached)
      if (list === undefined) {
        list = cached.map(({ object }) => object)
        lists.set(cached, list)
      }
      return list as readonly T[]
    },
    async create<T>(type: ResourceType<T>, namespace: string, object: unknown) {
      const draft = { metadata: {}, ...cloneJson(object as object) } as ApiObject
      return (await create(engine, callOf(type, namespace), draft)).object as T
    },
    async modify(type, { namespace, name, subresource }, change) {
      const next = (prior: ApiObject): ApiObject => {
        const copy = cloneJson(prior)
        return change(copy as never) === false ? cloneJson(prior) : copy
      }
      const call = callOf(type, namespace, subresource)
      return (await modify(engine, call, { name, isPatch: true, next })).object.object as never
    },
    async delete(type, namespace, name) {
      await deleteOne(engine, callOf(type, namespace), name, {})
    },
    subscribe<T>(type: ResourceType<T>, changed: (object: T, kind: ChangeType) => void) {
      const view = engine.viewOf(rowOf(type))
      const sink: WatchSink = {
        events: (batch) =>
          batch.forEach((event) => {
            if (event.type !== 'BOOKMARK') changed(event.cached.object as T, event.type)
          }),
        end() {},
      }
      const selection = selectionOf(view, { namespace: '' })
      const watcher = { view, selection, sink, allowBookmarks: false }
      const { channels } = resourceCache(engine, view.row)
      channels.add(watcher)
      return { [Symbol.dispose]: () => channels.remove(watcher) }
    },
  }
}

type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED'

/** The server's own writes are not cancelled: they end with the store. */
const never = new AbortController().signal

function find(rows: Iterable<Resource>, type: ResourceType<unknown>): Resource {
  for (const row of rows) {
    if (row.plural === type.resource && row.group === type.group && row.version === type.version) {
      return row
    }
  }
  throw internalError(`${type.group}/${type.version} ${type.resource} is not served`)
}
