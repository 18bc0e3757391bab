/**
 * What is special about the subresources that are not the object itself: their kinds, their verbs, and
 * whether a stream takes the place of the body.
 * Upstream: pkg/registry/core/rest/storage_core.go and the REST storages it names, v1.36.
 */
import { schemaTypeOf } from '#api/schema.ts'
import type { Resource, Verb } from '#resources/resource.ts'
import type { ExpectedKind } from './incoming.ts'

export type SubresourceVerb = Extract<Verb, 'create' | 'delete' | 'get' | 'patch' | 'update'>

export interface Subresource {
  /** Absent: the parent's kind. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string }
  readonly verbs: readonly SubresourceVerb[]
  /** Log, exec, proxy …: the request is a stream, its body no object. */
  readonly connects?: true
}

const ofObject: Subresource = { verbs: ['get', 'patch', 'update'] }
const proxied = ['create', 'delete', 'get', 'patch', 'update'] as const
const core = (kind: string): Subresource['kind'] => ({ group: '', version: 'v1', kind })

const special: Readonly<Record<string, Subresource>> = {
  'namespaces/finalize': { verbs: ['update'] },
  'nodes/proxy': { kind: core('NodeProxyOptions'), verbs: proxied, connects: true },
  'pods/attach': { kind: core('PodAttachOptions'), verbs: ['create', 'get'], connects: true },
  'pods/binding': { kind: core('Binding'), verbs: ['create'] },
  'pods/eviction': {
    kind: { group: 'policy', version: 'v1', kind: 'Eviction' },
    verbs: ['create'],
  },
  'pods/exec': { kind: core('PodExecOptions'), verbs: ['create', 'get'], connects: true },
  'pods/log': { verbs: ['get'], connects: true },
  'pods/portforward': {
    kind: core('PodPortForwardOptions'),
    verbs: ['create', 'get'],
    connects: true,
  },
  'pods/proxy': { kind: core('PodProxyOptions'), verbs: proxied, connects: true },
  'serviceaccounts/token': {
    kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
    verbs: ['create'],
  },
  'services/proxy': { kind: core('ServiceProxyOptions'), verbs: proxied, connects: true },
}

const scale: Subresource = {
  kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
  verbs: ['get', 'patch', 'update'],
}

const streamed: ReadonlySet<string> = new Set(['attach', 'exec', 'log', 'portforward', 'proxy'])

/** Whether its answers are bytes of somebody else, not objects. */
export function isStreamed(subresource: string): boolean {
  return streamed.has(subresource)
}

/** Names in alphabetical order, as discovery lists them. */
export function subresourceNames(row: Resource): readonly string[] {
  const names = new Set(row.subresources)
  if (row.status) names.add('status')
  if (row.scale !== undefined) names.add('scale')
  return [...names].toSorted()
}

/** Undefined: the resource has no such subresource. */
export function subresourceOf(row: Resource, name: string): Subresource | undefined {
  if (name === 'status')
    return row.status || row.subresources?.includes(name) ? ofObject : undefined
  if (name === 'scale') return row.scale === undefined ? undefined : scale
  if (!row.subresources?.includes(name)) return undefined
  return (row.group === '' ? special[`${row.plural}/${name}`] : undefined) ?? ofObject
}

/** The kind of the bodies sent to a resource or its subresource. */
export function kindOf(row: Resource, subresource: Subresource | undefined): ExpectedKind {
  const kind = subresource?.kind
  if (kind === undefined) return row
  return { ...kind, schemaType: schemaTypeOf(kind.group, kind.version, kind.kind) ?? '' }
}
