/**
 * What can be done at which path, from the rows.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/installer.go, v1.36.
 */
import { apiVersionOf } from '#api/resource-type.ts'
import type { Resource, Verb } from '#resources/resource.ts'
import { kindOf, subresourceNames, subresourceOf } from '#apiserver/http/subresources.ts'
import type { ExpectedKind } from '#apiserver/http/incoming.ts'

export type Action =
  | 'connect'
  | 'delete'
  | 'deletecollection'
  | 'get'
  | 'list'
  | 'patch'
  | 'post'
  | 'put'

export interface Operation {
  readonly path: string
  readonly method: 'delete' | 'get' | 'patch' | 'post' | 'put'
  readonly action: Action
  readonly row: Resource
  readonly subresource: string
  /** Of the object that is sent and answered. */
  readonly kind: ExpectedKind
  readonly named: boolean
}

const actions: Readonly<Record<Exclude<Verb, 'watch'>, [Operation['method'], Action]>> = {
  create: ['post', 'post'],
  delete: ['delete', 'delete'],
  deletecollection: ['delete', 'deletecollection'],
  get: ['get', 'get'],
  list: ['get', 'list'],
  patch: ['patch', 'patch'],
  update: ['put', 'put'],
}

const ofCollections: ReadonlySet<Verb> = new Set(['create', 'deletecollection', 'list'])

export function operationsOf(row: Resource): readonly Operation[] {
  const collection = collectionPath(row)
  const own = row.verbs.flatMap((verb): Operation[] => {
    if (verb === 'watch') return []
    const [method, action] = actions[verb]
    const named = !ofCollections.has(verb)
    const path = named ? `${collection}/{name}` : collection
    return [{ path, method, action, row, subresource: '', kind: row, named }]
  })
  const everywhere = row.namespaced && row.verbs.includes('list') ? [listEverywhere(row)] : []
  return [...own, ...everywhere, ...subresourceNames(row).flatMap((name) => below(row, name))]
}

function collectionPath(row: Resource): string {
  return `${groupVersionPath(row)}${row.namespaced ? '/namespaces/{namespace}' : ''}/${row.plural}`
}

/** `/api/v1`, `/apis/apps/v1` */
export function groupVersionPath(row: Pick<Resource, 'group' | 'version'>): string {
  return `${row.group === '' ? '/api' : '/apis'}/${apiVersionOf(row)}`
}

function listEverywhere(row: Resource): Operation {
  const path = `${groupVersionPath(row)}/${row.plural}`
  return { path, method: 'get', action: 'list', row, subresource: '', kind: row, named: false }
}

function below(row: Resource, name: string): Operation[] {
  const subresource = subresourceOf(row, name)
  if (subresource === undefined) return []
  const path = `${collectionPath(row)}/{name}/${name}`
  const kind = kindOf(row, subresource)
  return subresource.verbs.map((verb) => {
    const [method, plain] = actions[verb]
    const action = subresource.connects && name !== 'log' ? 'connect' : plain
    return { path, method, action, row, subresource: name, kind, named: true }
  })
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query'
  readonly type: 'boolean' | 'integer' | 'string'
}

const query = (name: string, type: Parameter['type'] = 'string'): Parameter => ({
  name,
  in: 'query',
  type,
})

const listing: readonly Parameter[] = [
  query('allowWatchBookmarks', 'boolean'),
  query('continue'),
  query('fieldSelector'),
  query('labelSelector'),
  query('limit', 'integer'),
  query('resourceVersion'),
  query('resourceVersionMatch'),
  query('sendInitialEvents', 'boolean'),
  query('timeoutSeconds', 'integer'),
  query('watch', 'boolean'),
]
const deleting: readonly Parameter[] = [
  query('dryRun'),
  query('gracePeriodSeconds', 'integer'),
  query('orphanDependents', 'boolean'),
  query('propagationPolicy'),
]
const writing: readonly Parameter[] = [
  query('dryRun'),
  query('fieldManager'),
  query('fieldValidation'),
]

const byAction: Readonly<Record<Action, readonly Parameter[]>> = {
  connect: [],
  delete: deleting,
  deletecollection: [...deleting, ...listing],
  get: [],
  list: listing,
  patch: [...writing, query('force', 'boolean')],
  post: writing,
  put: writing,
}

/** Of the operation and its path. */
export function parametersOf(operation: Operation): readonly Parameter[] {
  const { action, named, path } = operation
  return [
    ...byAction[action],
    ...(named ? [{ name: 'name', in: 'path', type: 'string' } as const] : []),
    ...(path.includes('{namespace}')
      ? [{ name: 'namespace', in: 'path', type: 'string' } as const]
      : []),
    query('pretty'),
  ]
}

/** Unique in a document: `listCoreV1NamespacedPod`. */
export function operationId({ action, row, subresource, path, method }: Operation): string {
  const verbs: Readonly<Record<Action, string>> = {
    connect: `connect${capital(method)}`,
    delete: 'delete',
    deletecollection: 'deleteCollection',
    get: 'read',
    list: 'list',
    patch: 'patch',
    post: 'create',
    put: 'replace',
  }
  const group = row.group === '' ? 'Core' : capital(row.group.split('.', 1)[0] ?? '')
  const scope = path.includes('{namespace}') ? 'Namespaced' : ''
  const everywhere = row.namespaced && scope === '' ? 'ForAllNamespaces' : ''
  return `${verbs[action]}${group}${capital(row.version)}${scope}${row.kind}${capital(subresource)}${everywhere}`
}

function capital(word: string): string {
  return word === '' ? '' : word.charAt(0).toUpperCase() + word.slice(1)
}
