/**
 * One function per verb: options from the query, object from the body, the registry's answer.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/{get,create,update,patch,delete}.go, v1.36.
 */
import { badRequest } from '#api/meta/status.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Resource, Verb } from '#resources/resource.ts'
import type { CachedObject, Call, DeleteOutcome } from '#apiserver/registry/registry.ts'
import type { Answer } from './answer.ts'
import { callOf } from './call.ts'
import type { Engine } from './dispatch.ts'
import type { Incoming } from './incoming.ts'
import * as query from './query.ts'
import { shownRow } from './scale-row.ts'
import { kindOf } from './subresources.ts'
import type { Subresource } from './subresources.ts'

export interface VerbRequest {
  readonly engine: Engine
  readonly request: Incoming
  readonly row: Resource
  readonly subresource: Subresource | undefined
}

type VerbFunction = (verb: VerbRequest) => Promise<Answer>

/** What may be done to an object through a subresource without an endpoint of its own. */
export const objectVerbs = { get, patch, update } as const

export const verbs: Readonly<Record<Verb, VerbFunction>> = {
  ...objectVerbs,
  create,
  delete: remove,
  deletecollection: removeAll,
  list,
  watch,
}

const reading = { dryRun: false } as const

async function get({ engine, request, row, subresource }: VerbRequest): Promise<Answer> {
  const version = request.query.size === 0 ? null : request.query.get('resourceVersion')
  const cached = await engine.registry.get(
    callOf(request, row, reading),
    request.info.name,
    version === null || version === '' ? undefined : version,
  )
  return { type: 'object', status: 200, cached, resource: shownRow(row, subresource) }
}

async function list({ engine, request, row }: VerbRequest): Promise<Answer> {
  const params = query.listParams(request.query)
  const page = await engine.registry.list(callOf(request, row, reading), params)
  return { type: 'list', page, resource: row }
}

async function watch({ engine, request, row }: VerbRequest): Promise<Answer> {
  const { info } = request
  const params = query.watchParams(request.query, info.legacyWatch ? info.name : '')
  const asked = query.watchTimeoutMs(request.query)
  const timeoutMs = asked ?? engine.watchTimeoutMinMs * (1 + engine.random())
  return {
    type: 'watch',
    resource: row,
    timeoutMs,
    start: (sink, signal) => {
      const call = callOf(request, row, { ...reading, signal })
      return engine.registry.watch(call, { ...params, timeoutMs }, sink)
    },
  }
}

async function create({ engine, request, row }: VerbRequest): Promise<Answer> {
  const params = query.writeParams(request.query, 'CreateOptions', false)
  const object = await request.body.object(row, params.fieldValidation)
  const call = callOf(request, row, params)
  checkNamespace(call, object)
  const cached = await engine.registry.create(call, object)
  return { type: 'object', status: 201, cached, resource: row }
}

async function update(verb: VerbRequest): Promise<Answer> {
  const { engine, request, row } = verb
  const params = query.writeParams(request.query, 'UpdateOptions', false)
  const object = await request.body.object(kindOf(row, verb.subresource), params.fieldValidation)
  const call = callOf(request, row, params)
  const { name } = request.info
  checkNamespace(call, object)
  checkName(object, name)
  return written(verb, await engine.registry.update(call, object, { name }))
}

async function patch(verb: VerbRequest): Promise<Answer> {
  const { engine, request, row } = verb
  const { kind, patch: change, duplicates } = await request.body.patch()
  const params = query.writeParams(request.query, 'PatchOptions', kind === 'apply')
  const call = callOf(request, row, params)
  const { force, fieldValidation } = params
  const { name } = request.info
  const asked = { name, kind, patch: change, duplicates, force, fieldValidation }
  return written(verb, await engine.registry.patch(call, asked))
}

type Written = { readonly object: CachedObject; readonly created: boolean }

function written(verb: VerbRequest, outcome: Written): Answer {
  const status = outcome.created ? 201 : 200
  const resource = shownRow(verb.row, verb.subresource)
  return { type: 'object', status, cached: outcome.object, resource }
}

function checkNamespace(call: Call, object: ApiObject): void {
  const { namespace } = object.metadata
  if (!call.resource.namespaced || namespace === undefined || namespace === '') return
  if (namespace !== call.namespace) {
    throw badRequest(
      'the namespace of the provided object does not match the namespace sent on the request',
    )
  }
}

function checkName(object: ApiObject, name: string): void {
  const given = object.metadata.name as string | undefined
  if (given === undefined || given === '' || given === name) return
  throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`)
}

async function remove({ engine, request, row }: VerbRequest): Promise<Answer> {
  const options = await deleteOptions(request)
  const call = callOf(request, row, { dryRun: isDryRun(request, options) })
  const outcome = await engine.registry.delete(call, request.info.name, options)
  return deleted(row, outcome, options.orphanDependents)
}

async function removeAll({ engine, request, row }: VerbRequest): Promise<Answer> {
  const options = await deleteOptions(request)
  const call = callOf(request, row, { dryRun: isDryRun(request, options) })
  const params = query.listParams(request.query)
  const page = await engine.registry.deleteCollection(call, params, options)
  return { type: 'list', page, resource: row }
}

async function deleteOptions(
  request: Incoming,
): Promise<ReturnType<typeof query.deleteOptionsFromQuery>> {
  const options =
    (await request.body.deleteOptions()) ?? query.deleteOptionsFromQuery(request.query)
  query.checkDeleteOptions(options)
  return options
}

function isDryRun(request: Incoming, options: { readonly dryRun?: readonly string[] }): boolean {
  return request.query.has('dryRun') || (options.dryRun?.length ?? 0) > 0
}

/** 202 only for who asked in the old way to wait for dependents. */
function deleted(
  row: Resource,
  outcome: DeleteOutcome,
  orphanDependents: boolean | undefined,
): Answer {
  if (outcome.type === 'deleting') {
    const status = orphanDependents === false ? 202 : 200
    return { type: 'object', status, cached: outcome.object, resource: row }
  }
  if (row.returnsDeletedObject) {
    return { type: 'object', status: 200, cached: outcome.last, resource: row }
  }
  const { name, uid } = outcome.last.object.metadata
  return {
    type: 'value',
    status: 200,
    value: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name, ...(row.group === '' ? {} : { group: row.group }), kind: row.plural, uid },
    },
  }
}
