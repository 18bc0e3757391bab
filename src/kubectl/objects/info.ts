/** An object that a command line names: where it lives, and what is known of it. */
import type { Mapping } from '#kubectl/discovery/mapper.ts'

/** JSON as it came. */
export type Json = { [key: string]: unknown }

export interface KubeObject extends Json {
  apiVersion?: string
  kind?: string
  metadata?: ObjectMetadata
}

export interface ObjectMetadata extends Json {
  name?: string
  generateName?: string
  namespace?: string
  resourceVersion?: string
  uid?: string
  generation?: number
  creationTimestamp?: string | null
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  ownerReferences?: OwnerReference[]
}

export interface OwnerReference extends Json {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
}

export interface Info {
  readonly mapping: Mapping
  /** Empty for what no namespace has. */
  readonly namespace: string
  readonly name: string
  /** As read from a file or the server. */
  object: KubeObject
  /** The file, URL or `STDIN` it came from; empty: the server. */
  readonly source: string
}

export function isMapping(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether it is a list by the look of it: `…List` with items. */
export function isList(object: Json): object is Json & { items: KubeObject[] } {
  return (
    Array.isArray(object['items']) &&
    typeof object['kind'] === 'string' &&
    object['kind'].endsWith('List')
  )
}

/** `/apis/apps/v1/namespaces/default/deployments`. */
export function collectionPath(mapping: Mapping, namespace: string): string {
  const root =
    mapping.group === '' ? `/api/${mapping.version}` : `/apis/${mapping.group}/${mapping.version}`
  if (!mapping.namespaced || namespace === '') return `${root}/${mapping.resource}`
  return `${root}/namespaces/${encodeURIComponent(namespace)}/${mapping.resource}`
}

export function objectPath(
  info: Pick<Info, 'mapping' | 'namespace' | 'name'>,
  subresource = '',
): string {
  const path = `${collectionPath(info.mapping, info.namespace)}/${encodeURIComponent(info.name)}`
  return subresource === '' ? path : `${path}/${subresource}`
}

/** `deployments.apps`: what the server's messages call a resource. */
export function groupResourceOf({ group, resource }: Mapping): { group: string; resource: string } {
  return { group, resource }
}
