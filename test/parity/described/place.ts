/** Creates objects with statuses as controllers and kubelets would write them. */
import type { ApiObject } from '#api/resource-type.ts'
import type { Transport } from '#client/transport.ts'
import { accessObjects } from './access.ts'
import { clusterObjects } from './cluster.ts'
import { eventObjects } from './events.ts'
import { historyObjects } from './history.ts'
import { podObjects } from './pods.ts'
import { serviceObjects } from './services.ts'
import { storageObjects } from './storage.ts'
import { workloadObjects } from './workloads.ts'

interface Owner {
  readonly kind: string
  readonly name: string
  readonly apiVersion: string
  readonly controller?: boolean
}

export interface Placed {
  /** Without its namespace. */
  readonly collection: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: object
    readonly annotations?: object
    readonly finalizers?: readonly string[]
  }
  /** All but metadata and status. */
  readonly fields?: object
  readonly status?: object
  /** Created before; its UID is filled in. */
  readonly owner?: Owner
  /** What a subresource is to say: written after the status. */
  readonly subresource?: { readonly name: string; readonly fields: object }
  /** Deleted at last; what has finalizers stays. */
  readonly deleted?: true
}

const all: readonly Placed[] = [
  ...clusterObjects,
  ...accessObjects,
  ...storageObjects,
  ...workloadObjects,
  ...podObjects,
  ...serviceObjects,
  ...eventObjects,
  ...historyObjects,
]

export async function placeDescribed(transport: Transport): Promise<void> {
  const uids = new Map<string, string>()
  for (const placed of all) await place(transport, placed, uids)
}

async function place(transport: Transport, placed: Placed, uids: Map<string, string>) {
  const { name, namespace } = placed.metadata
  const path = collectionOf(placed.collection, namespace)
  const owner = placed.owner && { ...placed.owner, uid: uids.get(placed.owner.name) ?? '' }
  const metadata = { ...placed.metadata, ...(owner && { ownerReferences: [owner] }) }
  const created = await send(transport, 'POST', path, { ...placed.fields, metadata })
  uids.set(name, created.metadata.uid)
  const item = `${path}/${name}`
  if (placed.status !== undefined) {
    await send(transport, 'PATCH', `${item}/status`, { status: placed.status })
  }
  if (placed.subresource !== undefined) {
    const { name: part, fields } = placed.subresource
    await send(transport, 'PATCH', `${item}/${part}`, fields)
  }
  if (placed.deleted === true) await transport.request({ method: 'DELETE', path: item })
}

async function send(
  transport: Transport,
  method: 'POST' | 'PATCH',
  path: string,
  body: object,
): Promise<ApiObject> {
  const headers = method === 'PATCH' && { 'content-type': 'application/merge-patch+json' }
  const request = { method, path, body: structuredClone(body), ...(headers && { headers }) }
  return (await transport.request(request)).body as ApiObject
}

function collectionOf(collection: string, namespace: string | undefined): string {
  if (namespace === undefined) return collection
  return collection.replace(/\/([^/]+)$/, `/namespaces/${namespace}/$1`)
}
