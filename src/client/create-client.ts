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
import type { Transport, WatchEvent } from './transport.ts'

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
    for: (type) => resourceClient(transport, type, undefined),
    in: (type, namespace) => resourceClient(transport, type, namespace),
  }
}

function resourceClient<T>(
  transport: Transport,
  type: ResourceType<T>,
  namespace: string | undefined,
): ResourceClient<T> {
  const collection = collectionPath(type as ResourceType, namespace)
  const at = (name: string, subresource?: string): string => {
    assert(name !== '', `a ${type.resource} needs a name`)
    assert(
      namespace !== undefined || !type.namespaced,
      `${type.resource} are namespaced: use client.in(${type.resource}, namespace)`,
    )
    const path = `${collection}/${encodeURIComponent(name)}`
    return subresource === undefined ? path : `${path}/${subresource}`
  }
  const send = async (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    rest: { query?: Query; headers?: Query; body?: unknown; signal?: AbortSignal | undefined },
  ): Promise<unknown> => {
    const { signal, ...request } = rest
    const answer = await transport.request({
      method,
      path,
      ...request,
      ...(signal === undefined ? {} : { signal }),
    })
    return answer.body
  }
  return {
    get: (name, options = {}) =>
      send('GET', at(name, options.subresource), {
        query: pick({ resourceVersion: options.resourceVersion }),
        signal: options.signal,
      }) as Promise<T>,
    list: (options = {}) =>
      send('GET', collection, { query: listQuery(options), signal: options.signal }) as Promise<
        List<T>
      >,
    watch: (options) =>
      transport.watch({
        method: 'GET',
        path: collection,
        query: watchQuery(options),
        signal: options.signal,
      }) as AsyncIterable<WatchEvent<T>>,
    create: (object, options = {}) =>
      send('POST', collection, {
        query: writeQuery(options),
        body: typed(type, object),
        signal: options.signal,
      }) as Promise<T>,
    update: (object, options = {}) =>
      send('PUT', at(nameOf(object), options.subresource), {
        query: writeQuery(options),
        body: typed(type, object),
        signal: options.signal,
      }) as Promise<T>,
    patch: (name, patchType, patch, options = {}) =>
      send('PATCH', at(name, options.subresource), {
        query: { ...writeQuery(options), ...(options.force === true ? { force: 'true' } : {}) },
        headers: { 'content-type': patchContentTypes[patchType] },
        body: patch,
        signal: options.signal,
      }) as Promise<T>,
    async delete(name, { signal, ...options } = {}) {
      await send('DELETE', at(name), { ...deleteBody(options), signal })
    },
    async deleteCollection({ delete: options = {}, signal, ...list } = {}) {
      await send('DELETE', collection, { query: listQuery(list), ...deleteBody(options), signal })
    },
    createSubresource: (name, subresource, body, options = {}) =>
      send('POST', at(name, subresource), {
        query: writeQuery(options),
        body,
        signal: options.signal,
      }),
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
