/** The typed client over any transport: turns verbs into requests, and knows the paths of the API. */
import type { DeleteOptions } from '#api/meta/v1.gen.ts'
import type { ResourceType } from '#api/resource-type.ts'
import { apiVersionOf } from '#api/resource-type.ts'
import { assert } from '#base/assert.ts'
import type {
  Client,
  List,
  ListOptions,
  PatchType,
  ResourceClient,
  WatchOptions,
  WriteOptions,
} from './client.ts'
import type { ApiRequest, Transport, WatchEvent } from './transport.ts'

type Query = Record<string, string>

/** Where `type` is served, without a trailing slash: `/apis/apps/v1/namespaces/default/deployments`. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`
  if (namespace === undefined || !type.namespaced) return `${root}/${type.resource}`
  return `${root}/namespaces/${encodeURIComponent(namespace)}/${type.resource}`
}

/** A client that sends each verb as one request through `transport`. Failures are StatusErrors. */
export function createClient(transport: Transport): Client {
  return {
    transport,
    for: (type) => resourceClient(transport, type, undefined),
    in: (type, namespace) => resourceClient(transport, type, namespace),
  }
}

function resourceClient<T>(
  transport: Transport,
  type: ResourceType<T>,
  namespace: string | undefined,
): ResourceClient<T> {
  const collection: Collection = {
    transport,
    type: type as ResourceType,
    namespace,
    path: collectionPath(type as ResourceType, namespace),
  }
  return { ...reads<T>(collection), ...writes<T>(collection) }
}

interface Collection {
  readonly transport: Transport
  readonly type: ResourceType
  readonly namespace: string | undefined
  readonly path: string
}

function itemPath(collection: Collection, name: string, subresource?: string): string {
  const { type, namespace, path } = collection
  assert(name !== '', `a ${type.kind} needs a name`)
  assert(
    namespace !== undefined || !type.namespaced,
    `${type.resource} are namespaced: use client.in(${type.resource}, namespace)`,
  )
  const item = `${path}/${encodeURIComponent(name)}`
  return subresource === undefined ? item : `${item}/${subresource}`
}

async function send<T>(
  transport: Transport,
  request: Omit<ApiRequest, 'signal'>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const answer = await transport.request(signal === undefined ? request : { ...request, signal })
  return answer.body as T
}

function reads<T>(collection: Collection): Pick<ResourceClient<T>, 'get' | 'list' | 'watch'> {
  const { transport, path } = collection
  return {
    get: (name, { subresource, resourceVersion, signal } = {}) =>
      send<T>(
        transport,
        {
          method: 'GET',
          path: itemPath(collection, name, subresource),
          query: pick({ resourceVersion }),
        },
        signal,
      ),
    list: ({ signal, ...options } = {}) =>
      send<List<T>>(transport, { method: 'GET', path, query: listQuery(options) }, signal),
    watch: (options) =>
      transport.watch({
        method: 'GET',
        path,
        query: watchQuery(options),
        signal: options.signal,
      }) as AsyncIterable<WatchEvent<T>>,
  }
}

function writes<T>(collection: Collection): Omit<ResourceClient<T>, 'get' | 'list' | 'watch'> {
  const { transport, type, path } = collection
  const write = <Answer>(
    request: Omit<ApiRequest, 'signal'>,
    { signal, ...options }: WriteOptions,
  ): Promise<Answer> =>
    send(transport, { ...request, query: { ...writeQuery(options), ...request.query } }, signal)
  return {
    create: (object, options = {}) =>
      write({ method: 'POST', path, body: typed(type, object) }, options),
    update(object, options = {}) {
      const item = itemPath(collection, nameOf(object), options.subresource)
      return write({ method: 'PUT', path: item, body: typed(type, object) }, options)
    },
    patch: (name, patchType, body, { force, ...options } = {}) =>
      write(
        {
          method: 'PATCH',
          path: itemPath(collection, name, options.subresource),
          query: pick({ force }),
          headers: { 'content-type': patchContentTypes[patchType] },
          body,
        },
        options,
      ),
    async delete(name, { signal, ...options } = {}) {
      const item = itemPath(collection, name)
      await send(transport, { method: 'DELETE', path: item, ...deleteBody(options) }, signal)
    },
    async deleteCollection({ delete: options = {}, signal, ...list } = {}) {
      const query = listQuery(list)
      await send(transport, { method: 'DELETE', path, query, ...deleteBody(options) }, signal)
    },
    createSubresource: (name, subresource, body, options = {}) =>
      write({ method: 'POST', path: itemPath(collection, name, subresource), body }, options),
  }
}

const patchContentTypes: Readonly<Record<PatchType, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
}

function listQuery(options: Omit<ListOptions, 'signal'>): Query {
  return pick({
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    limit: options.limit,
    continue: options.continue,
    resourceVersion: options.resourceVersion,
    resourceVersionMatch: options.resourceVersionMatch,
  })
}

function watchQuery(options: WatchOptions): Query {
  return pick({
    watch: 'true',
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
    resourceVersion: options.resourceVersion,
    allowWatchBookmarks: options.allowWatchBookmarks,
    sendInitialEvents: options.sendInitialEvents,
    // Streaming the initial state is only allowed with this match.
    resourceVersionMatch: options.sendInitialEvents === true ? 'NotOlderThan' : undefined,
    timeoutSeconds: options.timeoutSeconds,
  })
}

function writeQuery(options: WriteOptions): Query {
  return pick({
    fieldManager: options.fieldManager,
    dryRun: options.dryRun === true ? 'All' : undefined,
  })
}

function pick(values: Record<string, string | number | boolean | undefined>): Query {
  const query: Query = {}
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== '') query[name] = String(value)
  }
  return query
}

function deleteBody(options: Partial<DeleteOptions>): { body?: unknown } {
  if (Object.keys(options).length === 0) return {}
  return { body: { kind: 'DeleteOptions', apiVersion: 'v1', ...options } }
}

/** Objects of typed lists come without kind and apiVersion; a request must name both. */
function typed(type: ResourceType<unknown>, object: unknown): unknown {
  const { kind, apiVersion } = object as { kind?: string; apiVersion?: string }
  if (kind !== undefined && apiVersion !== undefined) return object
  return { kind: type.kind, apiVersion: apiVersionOf(type), ...(object as object) }
}

function nameOf(object: unknown): string {
  return (object as { metadata?: { name?: string } }).metadata?.name ?? ''
}
