/** Gets what a selection names from the server. */
import type { Call } from '#kubectl/command.ts'
import { AggregateFailure } from '#kubectl/errors.ts'
import type { Query, RestClient } from '#kubectl/rest/rest-client.ts'
import { collectionPath, groupResourceOf, objectPath } from './info.ts'
import type { Info, KubeObject } from './info.ts'
import { apiVersionOf } from '#kubectl/discovery/mapper.ts'
import type { Selection, Target } from './selection.ts'
import { isStatus, StatusError } from '#api/meta/status.ts'

/** More of a request than its path. */
export interface ReadOptions {
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: Query
}

export interface Listing extends KubeObject {
  items: KubeObject[]
  metadata?: { resourceVersion?: string; continue?: string }
}

/** One object; rejects with StatusError NotFound. */
export async function getObject<T extends KubeObject = KubeObject>(
  rest: RestClient,
  at: Pick<Info, 'mapping' | 'namespace' | 'name'>,
  options: ReadOptions & { readonly subresource?: string } = {},
): Promise<T> {
  return await rest
    .json<T>({
      path: objectPath(at, options.subresource),
      about: groupResourceOf(at.mapping),
      name: at.name,
      ...(options.headers !== undefined && { headers: options.headers }),
      ...(options.query !== undefined && { query: options.query }),
    })
    .catch(async (error: unknown) => {
      if (isStatus(error, 'NotFound')) await refuseMissingNamespace(rest, at.namespace)
      throw error
    })
}

/** An object is not there because its namespace is not. Upstream: cli-runtime pkg/resource/visitor.go, Info.Get. */
async function refuseMissingNamespace(rest: RestClient, namespace: string): Promise<void> {
  if (namespace === '' || namespace === 'default') return
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`
  await rest.request({ path }).catch((error: unknown) => {
    if (isStatus(error, 'NotFound')) throw error
  })
}

/**
 * One object that the user named; that its namespace is not there is told first.
 * Upstream: cli-runtime pkg/resource/visitor.go, Info.Get.
 */
export async function getNamed<T extends KubeObject = KubeObject>(
  rest: RestClient,
  at: Pick<Info, 'mapping' | 'namespace' | 'name'>,
  options: ReadOptions & { readonly subresource?: string } = {},
): Promise<T> {
  try {
    return await getObject<T>(rest, at, options)
  } catch (error) {
    const { namespace } = at
    if (isStatus(error, 'NotFound') && namespace !== '' && namespace !== 'default') {
      await requireNamespace(rest, namespace)
    }
    throw error
  }
}

async function requireNamespace(rest: RestClient, namespace: string): Promise<void> {
  try {
    await rest.request({ path: `/api/v1/namespaces/${encodeURIComponent(namespace)}` })
  } catch (error) {
    if (isStatus(error, 'NotFound')) throw error
  }
}

type ListTarget = Extract<Target, { type: 'list' }>

/** A list, in as many requests as the chunk size makes; the parts of one list as one. */
export async function listObjects(
  rest: RestClient,
  target: ListTarget,
  { headers, query }: ReadOptions = {},
): Promise<Listing> {
  let whole: Listing | undefined
  let next = ''
  do {
    const part: Listing = await rest
      .json<Listing>({
        path: collectionPath(target.mapping, target.namespace),
        query: { ...listQuery(target, next), ...query },
        about: groupResourceOf(target.mapping),
        ...(headers !== undefined && { headers }),
      })
      .catch((error: unknown) => {
        throw explained(error, target)
      })
    whole = whole === undefined ? part : joined(whole, part)
    next = part.metadata?.continue ?? ''
  } while (next !== '')
  return whole
}

function listQuery(target: ListTarget, next: string) {
  return {
    ...(target.selector !== '' && { labelSelector: target.selector }),
    ...(target.fieldSelector !== '' && { fieldSelector: target.fieldSelector }),
    ...(target.chunkSize > 0 && { limit: String(target.chunkSize) }),
    ...(next !== '' && { continue: next }),
  }
}

/** Tables have rows, other lists items. */
function joined(whole: Listing, part: Listing): Listing {
  const rows = whole['rows']
  if (Array.isArray(rows)) {
    return { ...whole, rows: [...rows, ...((part['rows'] as unknown[] | undefined) ?? [])] }
  }
  return { ...whole, items: [...whole.items, ...part.items] }
}

/** Upstream: cli-runtime pkg/resource/visitor.go of Selector, EnhanceListError. */
function explained(error: unknown, target: ListTarget): unknown {
  if (!(error instanceof StatusError) || error.reason !== 'BadRequest') return error
  if (target.selector === '' && target.fieldSelector === '') return error
  const gvr = `${apiVersionOf(target.mapping)}, Resource=${target.mapping.resource}`
  const prefix = target.mapping.group === '' ? '/' : ''
  return new StatusError({
    ...error.status,
    message: `Unable to find ${JSON.stringify(prefix + gvr)} that match label selector ${JSON.stringify(target.selector)}, field selector ${JSON.stringify(target.fieldSelector)}: ${error.message}`,
  })
}

export interface Fetched {
  readonly infos: readonly Info[]
  /** What could not be had; the rest is there nevertheless. */
  readonly errors: readonly unknown[]
}

/**
 * Every object of the selection. Objects of files as they are in the file unless `latest`; those named by
 * arguments come from the server. Goes on after a failure.
 */
export async function fetchInfos(
  call: Call,
  selection: Selection,
  options: { readonly latest?: boolean } = {},
): Promise<Fetched> {
  const infos: Info[] = []
  const errors: unknown[] = []
  try {
    for await (const target of selection.targets) {
      try {
        infos.push(...(await infosOf(call, target, options.latest === true)))
      } catch (error) {
        errors.push(error)
      }
    }
  } catch (error) {
    errors.push(error)
  }
  return { infos, errors }
}

async function infosOf(call: Call, target: Target, latest: boolean): Promise<readonly Info[]> {
  if (target.type === 'object') {
    if (!latest) return [target.info]
    const object = await getNamed(await call.factory.rest(), target.info)
    return [{ ...target.info, object }]
  }
  const rest = await call.factory.rest()
  if (target.type === 'named') {
    const { mapping, namespace, name, subresource } = target
    const object = await getNamed(rest, target, { subresource })
    return [{ mapping, namespace, name, object, source: '' }]
  }
  const { items, kind = '', apiVersion = '' } = await listObjects(rest, target)
  return items.map((item) => ({
    mapping: target.mapping,
    namespace: item.metadata?.namespace ?? '',
    name: item.metadata?.name ?? '',
    // Items of a list carry no type of their own.
    object: { apiVersion, kind: kind.replace(/List$/, ''), ...item },
    source: '',
  }))
}

/** The objects, or the first failure, or all when there are several. */
export async function fetchAll(
  call: Call,
  selection: Selection,
  options: { readonly latest?: boolean } = {},
): Promise<readonly Info[]> {
  const { infos, errors } = await fetchInfos(call, selection, options)
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new AggregateFailure(errors)
  return infos
}
