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
  /** The same of labels. */
  readonly labelSelector: string
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
  const special = parts[lengthMin - 1]
  const isSpecial = special === 'watch' || special === 'proxy'
  const start = isSpecial ? lengthMin : lengthMin - 1
  if (parts.length <= start) {
    throw badRequest(`unable to determine kind and namespace from url, ${path}`)
  }
  const at = resourceIndex(parts, start)
  const name = parts[at + 1] ?? ''
  const subresource = isSpecial ? '' : (parts[at + 2] ?? '')
  const verb = isSpecial ? special : (verbs[method] ?? '')
  const isCollection = name === '' && (verb === 'get' || verb === 'delete')
  const isSelecting = (isCollection || verb === 'watch') && query.size > 0
  const fieldSelector = isSelecting ? (query.get('fieldSelector') ?? '') : ''
  return {
    isResource: true,
    verb: isCollection ? collectionVerb(verb, query) : verb,
    path,
    group: groupless ? '' : (parts[1] ?? ''),
    version: parts[lengthMin - 2] ?? '',
    namespace: parts[start] === 'namespaces' ? (parts[start + 1] ?? '') : '',
    resource: parts[at] ?? '',
    subresource,
    name: isCollection && verb === 'get' && isSelecting ? selectedName(fieldSelector) : name,
    subpath: subresource === '' ? '' : subpathOf(path, parts.slice(at + 3)),
    legacyWatch: special === 'watch',
    fieldSelector,
    labelSelector: isSelecting ? (query.get('labelSelector') ?? '') : '',
  }
}

/** Where the resource stands: after `namespaces/<ns>`, unless the namespace itself is meant. */
function resourceIndex(parts: readonly string[], start: number): number {
  const next = parts[start + 2]
  if (parts[start] !== 'namespaces' || next === undefined) return start
  return namespaceSubresources.has(next) ? start : start + 2
}

/** Proxied servers tell `/x/` from `/x`. */
function subpathOf(path: string, rest: readonly string[]): string {
  const slash = path.endsWith('/') ? '/' : ''
  return rest.length === 0 ? slash : `/${rest.join('/')}${slash}`
}

/** A get without a name is a list or a watch, a delete one of the collection. */
function collectionVerb(verb: string, query: URLSearchParams): string {
  if (verb === 'delete') return 'deletecollection'
  return query.size > 0 && booleanParameter(query, 'watch') === true ? 'watch' : 'list'
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
    labelSelector: '',
  }
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
