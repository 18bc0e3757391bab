/** Deletes what a namespace holds, kind by kind. */
import type { Pod } from '#api/core/v1.gen.ts'
import type { GroupResource } from '#api/meta/status.ts'
import { formatGroupResource, isStatus } from '#api/meta/status.ts'
import type { ApiObject } from '#api/resource-type.ts'
import type { Client } from '#client/client.ts'
import type { DiscoveredResource } from '#client/discovery.ts'
import type { Remaining } from './plan.ts'

/** What is left of one kind, and when it is worth another look. */
export interface Leftover {
  readonly remaining: Remaining | undefined
  readonly estimateSeconds: number
}

/** How long upstream waits for objects that have finalizers. */
const finalizerSeconds = 15

const nothingLeft: Leftover = { remaining: undefined, estimateSeconds: 0 }

/**
 * Deletes all objects of a kind in the namespace and counts what did not go at once. Throws what the
 * server answers, and an Error when objects without finalizers stay.
 */
export async function deleteAll(
  client: Client,
  type: DiscoveredResource,
  at: { readonly namespace: string; readonly signal: AbortSignal },
): Promise<Leftover> {
  const { verbs } = type
  if (!verbs.includes('delete') && !verbs.includes('deletecollection')) return nothingLeft
  const items = await list(client, type, at)
  if (items.length === 0) return nothingLeft
  const objects = client.in(type, at.namespace)
  if (verbs.includes('deletecollection')) {
    await objects.deleteCollection({
      delete: { propagationPolicy: 'Background' },
      signal: at.signal,
    })
  } else {
    for (const { metadata } of items) {
      await objects
        .delete(metadata.name, { propagationPolicy: 'Background', signal: at.signal })
        .catch((error: unknown) => {
          if (!isStatus(error, 'NotFound')) throw error
        })
    }
  }
  return leftover(type, await list(client, type, at))
}

async function list(
  client: Client,
  type: DiscoveredResource,
  { namespace, signal }: { readonly namespace: string; readonly signal: AbortSignal },
): Promise<readonly ApiObject[]> {
  if (!type.verbs.includes('list')) return []
  try {
    return (await client.in(type, namespace).list({ signal })).items
  } catch (error) {
    // The kind was removed since discovery.
    if (isStatus(error, 'NotFound') || isStatus(error, 'MethodNotAllowed')) return []
    throw error
  }
}

function leftover(type: GroupResource, items: readonly ApiObject[]): Leftover {
  if (items.length === 0) return nothingLeft
  const finalizers = new Map<string, number>()
  for (const { metadata } of items) {
    for (const name of metadata.finalizers ?? []) {
      finalizers.set(name, (finalizers.get(name) ?? 0) + 1)
    }
  }
  const remaining = { resource: type, count: items.length, finalizers }
  if (type.group === '' && type.resource === 'pods') {
    const graceSeconds = Math.max(...items.map((pod) => graceOf(pod as Pod)))
    if (graceSeconds > 0) return { remaining, estimateSeconds: graceSeconds }
  }
  if (finalizers.size > 0) return { remaining, estimateSeconds: finalizerSeconds }
  throw new Error(`unexpected items still remain in namespace for ${formatGroupResource(type)}`)
}

/** Upstream: estimateGracefulTerminationForPods. */
function graceOf({ spec, status }: Pod): number {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return 0
  return spec.terminationGracePeriodSeconds ?? 0
}
