/**
 * Empties namespaces that are being deleted and then lets them go: pods first, since what they still do
 * may depend on the rest; then everything else that discovery knows.
 * Upstream: pkg/controller/namespace at v1.36.
 */
import type { Namespace } from '#api/core/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { namespaces, pods } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import { timestamp } from '#base/clock.ts'
import type { Client } from '#client/client.ts'
import type { DiscoveredResource, Discovery } from '#client/discovery.ts'
import { discoverPreferred } from '#client/discovery.ts'
import type { ReadonlyStore } from '#client/informer.ts'
import type { Outcome } from '#controllers/controller.ts'
import { defineController, done } from '#controllers/controller.ts'
import { equal } from '#controllers/equal.ts'
import { unlessGone } from '#controllers/writes.ts'
import type { Leftover } from './content.ts'
import { deleteAll } from './content.ts'
import type { Progress } from './plan.ts'
import { conditionsAfter } from './plan.ts'

interface Deps {
  readonly client: Client
  readonly clock: Clock
  readonly namespaces: ReadonlyStore<Namespace>
}

/** The only finalizer in a namespace's spec that is ours to remove. */
const finalizer = 'kubernetes'

export const namespaceController = defineController<Deps>({
  name: 'namespace-controller',
  primary: namespaces,
  watches: [
    {
      type: pods,
      /** A pod that is gone may have been the last one that its namespace waited for. */
      keys(pod: ApiObject, { namespaces: store }, other) {
        const { namespace = '', deletionTimestamp } = pod.metadata
        if (other !== undefined || deletionTimestamp === undefined) return []
        return store.get(namespace)?.metadata.deletionTimestamp === undefined ? [] : [namespace]
      },
    },
  ],
  writes: ['namespaces/finalize', 'namespaces/status', '*/*'],
  workersMax: 10,

  open({ client, clock, informer }) {
    informer(pods)
    return { client, clock, namespaces: informer(namespaces).store }
  },

  async reconcile(key, deps, signal) {
    const namespace = deps.namespaces.get(key)
    if (namespace?.metadata.deletionTimestamp === undefined) return done
    if (!hasFinalizer(namespace)) return done
    return await empty(namespace, deps, signal)
  },
})

async function empty(namespace: Namespace, deps: Deps, signal: AbortSignal): Promise<Outcome> {
  const current = await markTerminating(namespace, deps, signal)
  if (current === undefined) return done
  const { name } = namespace.metadata
  const discovery = await discoverPreferred(deps.client.transport, signal)
  const pass = await deleteContent(discovery, { client: deps.client, namespace: name, signal })
  const updated = await writeConditions(current, pass.progress, deps, signal)
  const { discoveryErrors, deletionErrors, remaining } = pass.progress
  if (discoveryErrors.length + deletionErrors.length > 0) {
    throw new Error([...discoveryErrors, ...deletionErrors].join('; '))
  }
  if (remaining.length > 0) {
    return { retryAfterMs: (Math.floor(pass.estimateSeconds / 2) + 1) * 1000 }
  }
  if (updated !== undefined) await finalize(updated, deps, signal)
  return done
}

interface Pass {
  readonly progress: Progress
  readonly estimateSeconds: number
}

async function deleteContent(
  discovery: Discovery,
  at: { readonly client: Client; readonly namespace: string; readonly signal: AbortSignal },
): Promise<Pass> {
  const deletionErrors: string[] = []
  const leftovers: Leftover[] = []
  const remove = async (type: DiscoveredResource): Promise<void> => {
    try {
      leftovers.push(await deleteAll(at.client, type, at))
    } catch (error) {
      if (at.signal.aborted) throw error
      deletionErrors.push((error as Error).message)
    }
  }
  const namespaced = discovery.resources.filter((resource) => resource.namespaced)
  const isPods = ({ group, resource }: DiscoveredResource) => group === '' && resource === 'pods'
  await Promise.all(namespaced.filter(isPods).map(remove))
  const podsRemain = leftovers.some(({ remaining }) => remaining !== undefined)
  if (!podsRemain && deletionErrors.length === 0) {
    await Promise.all(namespaced.filter((type) => !isPods(type)).map(remove))
  }
  return {
    progress: {
      discoveryErrors: discovery.failures.map(
        ({ groupVersion, error }) => `${groupVersion}: ${error.message}`,
      ),
      deletionErrors,
      remaining: leftovers.flatMap(({ remaining }) => remaining ?? []),
    },
    estimateSeconds: Math.max(0, ...leftovers.map(({ estimateSeconds }) => estimateSeconds)),
  }
}

function hasFinalizer(namespace: Namespace): boolean {
  return namespace.spec.finalizers?.includes(finalizer) === true
}

async function markTerminating(
  namespace: Namespace,
  { client }: Deps,
  signal: AbortSignal,
): Promise<Namespace | undefined> {
  if (namespace.status?.phase === 'Terminating') return namespace
  const next = { ...namespace, status: { ...namespace.status, phase: 'Terminating' } }
  return await unlessGone(client.for(namespaces).update(next, { subresource: 'status', signal }))
}

async function writeConditions(
  namespace: Namespace,
  progress: Progress,
  { client, clock }: Deps,
  signal: AbortSignal,
): Promise<Namespace | undefined> {
  const prior = namespace.status?.conditions
  const conditions = conditionsAfter(prior, progress, timestamp(clock.nowMs()))
  if (equal(prior, conditions)) return namespace
  const next = { ...namespace, status: { ...namespace.status, conditions } }
  return await unlessGone(client.for(namespaces).update(next, { subresource: 'status', signal }))
}

async function finalize(
  namespace: Namespace,
  { client }: Deps,
  signal: AbortSignal,
): Promise<void> {
  const finalizers = (namespace.spec.finalizers ?? []).filter((name) => name !== finalizer)
  const next = { ...namespace, spec: { ...namespace.spec, finalizers } }
  await unlessGone(client.for(namespaces).update(next, { subresource: 'finalize', signal }))
}
