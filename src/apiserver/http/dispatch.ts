/**
 * From an allowed request to its answer: finds the row, then the endpoint or the verb. Knows no resource.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/installer.go, which lays out the same paths.
 */
import { genericServerResponse } from '#api/meta/status.ts'
import type { Clock } from '#base/clock.ts'
import type { Resource } from '#resources/resource.ts'
import type { Registry } from '#apiserver/registry/registry.ts'
import { plainText } from './answer.ts'
import type { Answer } from './answer.ts'
import { callOf } from './call.ts'
import type { Endpoint, EndpointRequest, Endpoints, UpgradeRequest } from './endpoint.ts'
import type { Incoming } from './incoming.ts'
import type { RequestInfo } from './request-info.ts'
import { kindOf, subresourceOf } from './subresources.ts'
import type { Subresource } from './subresources.ts'
import type { ResourceTable } from './resource-table.ts'
import { deprecationOf } from './deprecation.ts'
import { objectVerbs, verbs } from './verbs.ts'

/** Answers paths outside `/api/<v>/…` and `/apis/<g>/<v>/…`; undefined: not its path. */
export type PathHandler = (request: Incoming) => Answer | Promise<Answer> | undefined

/** A server behind this one, which answers a group version. */
export interface Remote {
  answer(request: Incoming): Promise<Answer>
  upgrade(request: UpgradeRequest): Promise<void>
}

export interface Aggregation {
  /** Undefined: this server answers itself. */
  of(info: RequestInfo): Remote | undefined
}

export interface Engine {
  readonly registry: Registry
  readonly resources: ResourceTable
  readonly endpoints: Endpoints
  readonly paths: readonly PathHandler[]
  /** Absent: this server answers everything itself. */
  readonly aggregator?: Aggregation
  readonly clock: Clock
  /** A watch that asks for no time gets between this and twice this. */
  readonly watchTimeoutMinMs: number
  /** At least 0, less than 1. */
  random(): number
}

/** Throws StatusError. */
export function dispatch(engine: Engine, request: Incoming): Promise<Answer> {
  const { info } = request
  const remote = engine.aggregator?.of(info)
  if (remote !== undefined) return remote.answer(request)
  if (!info.isResource) return dispatchPath(engine, request)
  const row = engine.resources.find(info.group, info.version, info.resource)
  if (row === undefined) {
    if (engine.resources.hasGroupVersion(info.group, info.version)) throw notServed(404)
    return dispatchPath(engine, request)
  }
  if (!isPlace(row, info)) throw notServed(404)
  const deprecation = deprecationOf(row)
  if (deprecation !== undefined) request.warn(deprecation)
  return info.subresource === ''
    ? dispatchResource(engine, request, row)
    : dispatchSubresource(engine, request, row)
}

async function dispatchPath(engine: Engine, request: Incoming): Promise<Answer> {
  const { path } = request.info
  const endpoint = engine.endpoints.plain.get(`${request.method} ${path}`)
  if (endpoint !== undefined) return callEndpoint(endpoint, request, undefined)
  for (const handle of engine.paths) {
    const answer = handle(request)
    if (answer !== undefined) return answer
  }
  return plainText(404, '404 page not found\n')
}

/** `the server could not find the requested resource`, `… does not allow this method …` */
export function notServed(code: 404 | 405): Error {
  return genericServerResponse({ code })
}

/** Whether the scope of the kind fits the path: only lists may leave out the namespace. */
function isPlace(row: Resource, info: RequestInfo): boolean {
  if (!row.namespaced) {
    return info.namespace === '' || (row.plural === 'namespaces' && info.group === '')
  }
  if (info.namespace !== '') return true
  return info.name === '' || info.verb === 'list' || info.verb === 'watch'
}

function dispatchResource(engine: Engine, request: Incoming, row: Resource): Promise<Answer> {
  const { info } = request
  const endpoint = engine.endpoints.plain.get(endpointKey(request, row.plural))
  if (endpoint !== undefined) return callResourceEndpoint(endpoint, request, row)
  const isCollection = info.name === '' || info.verb === 'list' || info.verb === 'watch'
  const verb = info.verb as Resource['verbs'][number]
  if (!row.verbs.includes(verb)) throw notServed(405)
  if (row.namespaced && info.namespace === '' && verb !== 'list' && verb !== 'watch') {
    throw notServed(405)
  }
  if (isCollection !== collectionVerbs.has(verb)) throw notServed(405)
  return verbs[verb]({ engine, request, row, subresource: undefined })
}

const collectionVerbs: ReadonlySet<string> = new Set([
  'create',
  'deletecollection',
  'list',
  'watch',
])

async function dispatchSubresource(
  engine: Engine,
  request: Incoming,
  row: Resource,
): Promise<Answer> {
  const { info } = request
  const subresource = subresourceOf(row, info.subresource)
  if (subresource === undefined) throw notServed(404)
  const endpoint = engine.endpoints.plain.get(
    endpointKey(request, `${row.plural}/${info.subresource}`),
  )
  if (endpoint !== undefined) return callSubresourceEndpoint(endpoint, request, row, subresource)
  if (subresource.connects) throw notServed(405)
  if (!(subresource.verbs as readonly string[]).includes(info.verb)) throw notServed(405)
  if (info.verb === 'create' || info.verb === 'delete') throw notServed(405)
  return objectVerbs[info.verb as keyof typeof objectVerbs]({ engine, request, row, subresource })
}

function endpointKey(request: Incoming, what: string): string {
  return `${request.method === 'HEAD' ? 'GET' : request.method} ${what}`
}

async function callResourceEndpoint(
  endpoint: Endpoint,
  request: Incoming,
  row: Resource,
): Promise<Answer> {
  const object =
    request.method === 'POST'
      ? await request.body.object(kindOf(row, undefined), 'Warn')
      : undefined
  return callEndpoint(endpoint, request, { row, object })
}

async function callSubresourceEndpoint(
  endpoint: Endpoint,
  request: Incoming,
  row: Resource,
  subresource: Subresource,
): Promise<Answer> {
  const takesObject = !subresource.connects && ['POST', 'PUT'].includes(request.method)
  const object = takesObject
    ? await request.body.object(kindOf(row, subresource), 'Warn')
    : undefined
  return callEndpoint(endpoint, request, { row, object })
}

type Parent = { readonly row: Resource; readonly object: EndpointRequest['object'] } | undefined

async function callEndpoint(
  endpoint: Endpoint,
  request: Incoming,
  parent: Parent,
): Promise<Answer> {
  const answer = await endpoint(endpointRequest(request, parent))
  if (answer.type === 'raw') return answer
  return {
    type: 'value',
    status: answer.status,
    value: answer.object as object,
    ...(parent !== undefined && isOf(parent.row, answer.object) && { resource: parent.row }),
  }
}

/** Whether the row's columns fit: reviews and Statuses of subresources are other kinds. */
function isOf({ kind }: Resource, value: unknown): boolean {
  const found = (value as { readonly kind?: unknown } | null)?.kind
  return found === kind || found === `${kind}List`
}

export function endpointRequest(request: Incoming, parent: Parent): EndpointRequest {
  const { info } = request
  return {
    method: request.method,
    user: request.user,
    subpath: info.subpath,
    name: info.name,
    namespace: info.namespace,
    query: request.query,
    headers: request.headers,
    call: parent && callOf(request, parent.row, { dryRun: request.query.has('dryRun') }),
    object: parent?.object,
    body: request.body.raw,
    signal: request.signal,
  }
}
