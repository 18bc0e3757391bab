/**
 * What a URL asks for: verb, resource, name; or just a path.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go, v1.36.
 */
import { badRequest } from '#api/meta/status.ts'
import { parseFieldSelector } from '#api/meta/fields.ts'
import { booleanParameter } from './query.ts'

export interface RequestInfo {
  /** False: only `path` and `verb` mean something. */
  readonly isResource: boolean
  readonly verb: string
  /** Decoded, without the query. */
  readonly path: string
  readonly group: string
  readonly version: string
  readonly namespace: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
  /** What follows the subresource, with its leading slash; '' when nothing does. */
  readonly subpath: string
  /** The path begins with the deprecated `…/watch/`. */
  readonly legacyWatch: boolean
  /** As in the query, of lists, watches and deletions of collections; '' otherwise. */
  readonly fieldSelector: string
}

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}

const namespaceSubresources: ReadonlySet<string> = new Set(['status', 'finalize'])

export function parseRequestInfo(
  method: string,
  path: string,
  query: URLSearchParams,
): RequestInfo {
  const parts = splitPath(path)
  const groupless = parts[0] === 'api'
  const lengthMin = groupless ? 3 : 4
  if ((!groupless && parts[0] !== 'apis') || parts.length < lengthMin)
    return plainPath(method, path)
  const group = groupless ? '' : (parts[1] ?? '')
  const version = parts[lengthMin - 2] ?? ''
  const legacyWatch = parts[lengthMin - 1] === 'watch'
  const legacyProxy = parts[lengthMin - 1] === 'proxy'
  let at = lengthMin - 1
  if (legacyWatch || legacyProxy) {
    at += 1
    if (parts.length <= at) {
      throw badRequest(`unable to determine kind and namespace from url, ${path}`)
    }
  }
  const target = parseTarget(parts, at, legacyWatch || legacyProxy)
  const slash = target.subresource !== '' && path.endsWith('/') ? '/' : ''
  const named = {
    isResource: true,
    path,
    group,
    version,
    legacyWatch,
    fieldSelector: '',
    ...target,
    subpath: target.subpath + slash, // proxied servers tell `/x/` from `/x`
    verb: legacyWatch ? 'watch' : legacyProxy ? 'proxy' : (verbs[method] ?? ''),
  }
  return named.name === '' ? collectionInfo(named, query) : named
}

function plainPath(method: string, path: string): RequestInfo {
  return {
    isResource: false,
    verb: method.toLowerCase(),
    path,
    group: '',
    version: '',
    namespace: '',
    resource: '',
    subresource: '',
    name: '',
    subpath: '',
    legacyWatch: false,
    fieldSelector: '',
  }
}

type Target = Pick<RequestInfo, 'namespace' | 'resource' | 'name' | 'subresource' | 'subpath'>

/** Reads `[namespaces/<ns>/]<resource>[/<name>[/<subresource>[/…]]]` from `parts[at]` on. */
function parseTarget(parts: readonly string[], start: number, noSubresource: boolean): Target {
  let at = start
  let namespace = ''
  if (parts[at] === 'namespaces' && parts.length > at + 1) {
    namespace = parts[at + 1] ?? ''
    const next = parts[at + 2]
    if (next !== undefined && !namespaceSubresources.has(next)) at += 2
  }
  const subresource = noSubresource ? '' : (parts[at + 2] ?? '')
  const rest = parts.length > at + 3 ? `/${parts.slice(at + 3).join('/')}` : ''
  return {
    namespace,
    resource: parts[at] ?? '',
    name: parts[at + 1] ?? '',
    subresource,
    subpath: rest,
  }
}

/** A get without a name is a list or a watch, a delete one of the collection. */
function collectionInfo(info: RequestInfo, query: URLSearchParams): RequestInfo {
  const fieldSelector = query.get('fieldSelector') ?? ''
  if (info.verb === 'delete') return { ...info, verb: 'deletecollection', fieldSelector }
  if (info.verb === 'watch') return { ...info, fieldSelector }
  if (info.verb !== 'get') return info
  if (query.size === 0) return { ...info, verb: 'list' }
  const verb = booleanParameter(query, 'watch') === true ? 'watch' : 'list'
  return { ...info, verb, fieldSelector, name: selectedName(fieldSelector) }
}

/** `fieldSelector=metadata.name=x` names the object, so that rules with resourceNames match. */
function selectedName(text: string): string {
  if (!text.includes('metadata.name')) return ''
  try {
    const { requirements } = parseFieldSelector(text)
    const exact = requirements.find((one) => one.field === 'metadata.name' && one.operator === '=')
    return exact?.value ?? ''
  } catch {
    return '' // the list itself will answer what is wrong with it
  }
}

/** Empty first and last parts do not count; empty ones between do. */
function splitPath(path: string): string[] {
  let start = 0
  let end = path.length
  while (start < end && path.charCodeAt(start) === 47) start += 1
  while (end > start && path.charCodeAt(end - 1) === 47) end -= 1
  return start === end ? [] : path.slice(start, end).split('/')
}
