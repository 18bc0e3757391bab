/**
 * An API server in a few lines, for unit tests of clients and controllers: objects by path, resource
 * versions, conflicts, finalizers, watches. It knows no kinds: nothing is defaulted or validated.
 */
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import { apiVersionOf } from '#api/resource-type.ts'
import * as resourceTypes from '#api/resources.gen.ts'
import { parseLabelSelector } from '#api/meta/labels.ts'
import { alreadyExists, conflict, expired, notFound } from '#api/meta/status.ts'
import type { ApiRequest, ApiResponse, Transport, WatchEvent } from '#client/transport.ts'

export interface InMemoryCluster extends Transport {
  /** Every request but reads, in order: `POST /api/v1/namespaces/default/pods`. */
  readonly writes: string[]
  /** Called before each request; what it throws is the answer. */
  intercept: ((request: ApiRequest) => void) | undefined
  /** Forgets the past: watches from an older resourceVersion get 410. */
  compact(): void
  /** Ends all open watches, as a restart of a server does. */
  endWatches(): void
}

interface Target {
  /** `/api/v1/pods`: the collection without its namespace. */
  readonly collection: string
  readonly resource: string
  readonly group: string
  readonly namespace: string | undefined
  readonly name: string | undefined
  readonly subresource: string | undefined
}

interface Change {
  readonly revision: number
  readonly collection: string
  readonly event: WatchEvent<ApiObject>
}

export function inMemoryCluster(nowMs: () => number = () => Date.now()): InMemoryCluster {
  return new Cluster(nowMs)
}

class Cluster implements InMemoryCluster {
  readonly writes: string[] = []
  intercept: ((request: ApiRequest) => void) | undefined
  readonly #nowMs: () => number
  readonly #objects = new Map<string, ApiObject>()
  #log: Change[] = []
  #wake: (() => void)[] = []
  #revision = 1
  #oldest = 0
  #epoch = 0

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs
  }

  compact(): void {
    this.#oldest = this.#revision
    this.#log = []
  }

  endWatches(): void {
    this.#epoch++
    this.#notify()
  }

  async request(request: ApiRequest): Promise<ApiResponse> {
    this.intercept?.(request)
    if (request.method !== 'GET') this.writes.push(`${request.method} ${request.path}`)
    const answer = (status: number, body: unknown): ApiResponse => ({ status, body, warnings: [] })
    const discovery = discoveryOf(request.path)
    if (discovery !== undefined) return answer(200, discovery)
    const target = parsePath(request.path)
    switch (request.method) {
      case 'GET':
        return answer(
          200,
          target.name === undefined ? this.#list(target, request) : this.#get(target),
        )
      case 'POST':
        return answer(201, this.#create(target, structuredClone(request.body) as ApiObject))
      case 'PUT':
        return answer(200, this.#update(target, structuredClone(request.body) as ApiObject))
      case 'PATCH':
        return answer(200, this.#patch(target, request.body))
      case 'DELETE':
        if (target.name !== undefined) return answer(200, this.#delete(target, request.body))
        for (const { metadata } of this.#select(target, request)) {
          this.#delete(
            { ...target, name: metadata.name, namespace: metadata.namespace },
            request.body,
          )
        }
        return answer(200, { kind: 'Status', status: 'Success' })
    }
  }

  async *watch(request: ApiRequest): AsyncIterable<WatchEvent> {
    this.intercept?.(request)
    const signal = request.signal ?? new AbortController().signal
    const target = parsePath(request.path)
    const selected = selector(target, request)
    const from = Number(request.query?.['resourceVersion'] ?? this.#revision)
    if (from < this.#oldest) throw expired('too old resource version')
    const epoch = this.#epoch
    for (let seen = from; !signal.aborted && this.#epoch === epoch;) {
      const news = this.#log.filter((change) => change.revision > seen)
      for (const { event, collection, revision } of news) {
        seen = revision
        if (collection === target.collection && selected(event.object)) yield event
      }
      if (news.length === 0) await this.#changed(signal)
    }
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wake.push(resolve)
      signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }

  #get(target: Target): ApiObject {
    const object = this.#objects.get(keyOf(target))
    if (object === undefined) throw notFound(target, target.name ?? '')
    return object
  }

  #list(target: Target, request: ApiRequest): unknown {
    const metadata = { resourceVersion: String(this.#revision) }
    return { metadata, items: this.#select(target, request) }
  }

  #select(target: Target, request: ApiRequest): ApiObject[] {
    const selected = selector(target, request)
    return [...this.#objects]
      .filter(([key, object]) => key.startsWith(`${target.collection}/`) && selected(object))
      .map(([, object]) => object)
  }

  #create(target: Target, object: ApiObject): unknown {
    if (target.subresource !== undefined) return this.#subresource(target, object)
    object.metadata ??= {} as ApiObject['metadata']
    const { metadata } = object
    metadata.name ??= `${metadata.generateName ?? ''}${String(this.#revision).padStart(5, '0')}`
    if (target.namespace !== undefined) metadata.namespace = target.namespace
    const at = { ...target, name: metadata.name }
    if (this.#objects.has(keyOf(at))) throw alreadyExists(target, metadata.name)
    metadata.uid ??= `uid-${this.#revision}`
    metadata.creationTimestamp ??= new Date(this.#nowMs()).toISOString().replace(/\.\d+Z$/, 'Z')
    metadata.generation ??= 1
    return this.#put(at, object, 'ADDED')
  }

  /** Bindings and evictions: the two that tests of controllers meet. */
  #subresource(target: Target, body: ApiObject): unknown {
    const object = structuredClone(this.#get(target)) as ApiObject & { spec: { nodeName?: string } }
    if (target.subresource === 'eviction') return this.#delete(target, undefined)
    if (target.subresource !== 'binding') throw notFound(target, `${target.subresource}`)
    object.spec.nodeName = (body as unknown as { target: { name: string } }).target.name
    this.#put(target, object, 'MODIFIED')
    return { kind: 'Status', status: 'Success' }
  }

  #update(target: Target, next: ApiObject): ApiObject {
    const prior = this.#get(target)
    const { resourceVersion, uid } = next.metadata
    if (resourceVersion && resourceVersion !== prior.metadata.resourceVersion) {
      throw conflict(
        target,
        prior.metadata.name,
        'the object has been modified; please apply your changes to the latest version and try again',
      )
    }
    if (uid && uid !== prior.metadata.uid) {
      throw conflict(target, prior.metadata.name, 'Precondition failed: UID in precondition')
    }
    const merged = mergeSubresource(target, prior, next)
    if (merged.metadata.deletionTimestamp && (merged.metadata.finalizers ?? []).length === 0) {
      if (prior.kind !== 'Pod' || (prior.metadata.finalizers ?? []).length > 0) {
        return this.#remove(target, merged)
      }
    }
    return this.#put(target, merged, 'MODIFIED')
  }

  #patch(target: Target, patch: unknown): ApiObject {
    const prior = this.#get(target)
    return this.#update(target, mergePatch(structuredClone(prior), patch) as ApiObject)
  }

  #delete(target: Target, options: unknown): ApiObject {
    const prior = this.#get(target)
    const { preconditions, propagationPolicy } = (options ?? {}) as {
      preconditions?: { uid?: string; resourceVersion?: string }
      propagationPolicy?: string
    }
    if (preconditions?.uid && preconditions.uid !== prior.metadata.uid) {
      throw conflict(target, prior.metadata.name, 'Precondition failed: UID in precondition')
    }
    const { resourceVersion } = preconditions ?? {}
    if (resourceVersion && resourceVersion !== prior.metadata.resourceVersion) {
      throw conflict(target, prior.metadata.name, 'Precondition failed: ResourceVersion')
    }
    const next = structuredClone(prior)
    if (propagationPolicy === 'Foreground') addFinalizer(next, 'foregroundDeletion')
    if (propagationPolicy === 'Orphan') addFinalizer(next, 'orphan')
    if ((next.metadata.finalizers ?? []).length === 0) return this.#remove(target, prior)
    if (prior.metadata.deletionTimestamp !== undefined) return prior
    next.metadata.deletionTimestamp = new Date(this.#nowMs()).toISOString()
    return this.#put(target, next, 'MODIFIED')
  }

  #put(target: Target, object: ApiObject, type: 'ADDED' | 'MODIFIED'): ApiObject {
    const prior = this.#objects.get(keyOf(target))
    if (prior !== undefined && same(prior, object)) return prior
    object.metadata.resourceVersion = String(++this.#revision)
    this.#objects.set(keyOf(target), object)
    this.#append(target, { type, object })
    return object
  }

  #remove(target: Target, last: ApiObject): ApiObject {
    const resourceVersion = String(++this.#revision)
    const object = { ...last, metadata: { ...last.metadata, resourceVersion } }
    this.#objects.delete(keyOf(target))
    this.#append(target, { type: 'DELETED', object })
    return object
  }

  #append({ collection }: Target, event: WatchEvent<ApiObject>): void {
    this.#log.push({ revision: this.#revision, collection, event })
    this.#notify()
  }
}

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

/** The answer for a discovery path; undefined for all others. */
function discoveryOf(path: string): unknown {
  const all: readonly ResourceType[] = Object.values(resourceTypes)
  if (path === '/api') return { versions: ['v1'] }
  if (path === '/apis') return { groups: groupsOf(all) }
  const groupVersion = /^\/api\/(v1)$|^\/apis\/([^/]+\/[^/]+)$/.exec(path)
  if (groupVersion === null) return undefined
  const served = all.filter(
    (type) => `${apiVersionOf(type)}` === (groupVersion[1] ?? groupVersion[2]),
  )
  const resources = served.map(({ resource: name, kind, namespaced }) => ({
    name,
    kind,
    namespaced,
    singularName: '',
    verbs: /reviews|bindings/.test(name) ? ['create'] : verbs,
  }))
  return { groupVersion: groupVersion[1] ?? groupVersion[2], resources }
}

function groupsOf(all: readonly ResourceType[]): unknown[] {
  const named = Map.groupBy(
    all.filter(({ group }) => group !== ''),
    ({ group }) => group,
  )
  return [...named].map(([name, types]) => ({
    name,
    versions: [...new Set(types.map(apiVersionOf))].map((groupVersion) => ({ groupVersion })),
  }))
}

function addFinalizer(object: ApiObject, finalizer: string): void {
  object.metadata.finalizers = [...new Set([...(object.metadata.finalizers ?? []), finalizer])]
}

/** `/api/v1/namespaces/default/pods/web/status` in parts. */
function parsePath(path: string): Target {
  const parts = path.split('/').slice(1).map(decodeURIComponent)
  const head = parts.splice(0, parts[0] === 'api' ? 2 : 3)
  const group = head.length === 3 ? (head[1] ?? '') : ''
  const isNamespaced = parts[0] === 'namespaces' && parts.length > 2
  const isFinalize = isNamespaced && ['finalize', 'status'].includes(parts[2] ?? '')
  const namespace = isNamespaced && !isFinalize ? parts.splice(0, 2)[1] : undefined
  const [resource = '', name, subresource] = parts
  return {
    collection: `/${head.join('/')}/${resource}`,
    resource,
    group,
    namespace,
    name,
    subresource,
  }
}

function keyOf({ collection, namespace, name }: Target): string {
  return `${collection}/${namespace ?? ''}/${name ?? ''}`
}

function selector(target: Target, request: ApiRequest): (object: ApiObject) => boolean {
  const labels = parseLabelSelector(request.query?.['labelSelector'] ?? '')
  const fields = (request.query?.['fieldSelector'] ?? '').split(',').filter((term) => term !== '')
  return (object) =>
    (target.namespace === undefined || object.metadata.namespace === target.namespace) &&
    labels.matches(object.metadata.labels) &&
    fields.every((term) => {
      const [path = '', value] = term.split('=')
      return (path.split('.').reduce<unknown>(step, object) ?? '') === value
    })
}

function step(value: unknown, field: string): unknown {
  return (value as Record<string, unknown> | undefined)?.[field]
}

type Fields = Record<string, unknown>

/** Status is written through its subresource only; a new spec raises the generation. */
function mergeSubresource(target: Target, prior: ApiObject, next: ApiObject): ApiObject {
  const { metadata } = prior
  if (target.subresource === 'status') {
    const { status } = next as unknown as Fields
    return structuredClone({
      ...prior,
      metadata: { ...metadata, ...statusMeta(next) },
      status,
    }) as ApiObject
  }
  const merged = { ...next, status: (prior as unknown as Fields)['status'] } as unknown as Fields
  if (merged['status'] === undefined) delete merged['status']
  const specChanged = !same((prior as unknown as Fields)['spec'], merged['spec'])
  merged['metadata'] = {
    ...next.metadata,
    uid: metadata.uid,
    creationTimestamp: metadata.creationTimestamp,
    generation: (metadata.generation ?? 1) + (specChanged ? 1 : 0),
    ...(metadata.deletionTimestamp === undefined
      ? {}
      : { deletionTimestamp: metadata.deletionTimestamp }),
  }
  return merged as unknown as ApiObject
}

function statusMeta({ metadata }: ApiObject): Fields {
  const { labels, annotations } = metadata
  return { ...(labels && { labels }), ...(annotations && { annotations }) }
}

function mergePatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch
  const result: Fields = { ...(target as Fields | undefined) }
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete result[name]
    else result[name] = mergePatch(result[name], value)
  }
  return result
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
