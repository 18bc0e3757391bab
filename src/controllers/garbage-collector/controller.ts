/**
 * Deletes what has lost all its owners, holds owners back until their dependents are gone, and cuts
 * dependents loose that are to survive. It watches everything and asks only when an owner is unknown.
 * Upstream: pkg/controller/garbagecollector at v1.36.
 */
import { groupOf } from '#api/meta/owners.ts'
import type { OwnerReference } from '#api/meta/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { apiservices, customresourcedefinitions } from '#api/resources.gen.ts'
import { unreachable } from '#base/assert.ts'
import type { Client, ResourceClient } from '#client/client.ts'
import type { ControllerContext } from '#controllers/controller.ts'
import { defineController, done } from '#controllers/controller.ts'
import { unlessGone } from '#controllers/writes.ts'
import type { GraphNode } from './graph.ts'
import { isOwner, orphanFinalizer, OwnerGraph } from './graph.ts'
import { Monitors } from './monitors.ts'
import type { Action, OwnerState } from './plan.ts'
import { planDependent, planForeground } from './plan.ts'

interface Deps {
  readonly client: Client
  readonly context: ControllerContext
  readonly graph: OwnerGraph
  readonly monitors: Monitors
  /** Owners that the server did not know, newest last. */
  readonly absent: Set<string>
  /** Objects with an owner of a kind that is not served: looked at again when that changes. */
  readonly unmapped: Set<string>
}

/** The key that means: ask again what the server serves. All others are uids. */
const discoveryKey = 'discovery'

/** Upstream: the size of its absent owner cache. */
const absentMax = 500

export const garbageCollector = defineController<Deps>({
  name: 'garbage-collector-controller',
  writes: ['*/*'],
  workersMax: 20,

  open(context) {
    const graph = new OwnerGraph()
    const monitors = new Monitors(context, graph)
    context.enqueue(discoveryKey)
    // Borrowed, so that nobody waits for kinds that a server may not serve.
    const refresh = (): void => context.enqueue(discoveryKey)
    const handler = { added: refresh, updated: refresh, deleted: refresh }
    context.borrow(customresourcedefinitions).informer.subscribe(handler)
    context.borrow(apiservices).informer.subscribe(handler)
    context.signal.addEventListener('abort', () => void monitors[Symbol.asyncDispose]())
    const { client } = context
    return { client, context, graph, monitors, absent: new Set(), unmapped: new Set() }
  },

  async reconcile(key, deps, signal) {
    if (key === discoveryKey) {
      await deps.monitors.refresh(signal)
      for (const uid of deps.unmapped) deps.context.enqueue(uid)
      deps.unmapped.clear()
      return done
    }
    await deps.monitors.complete
    const node = deps.graph.get(key)
    if (node !== undefined) await collect(node, deps, signal)
    return done
  },
})

async function collect(node: GraphNode, deps: Deps, signal: AbortSignal): Promise<void> {
  const { graph, monitors } = deps
  const object = monitors.objectOf(node.type, keyOf(node))
  if (object?.metadata.uid !== node.uid) return
  if (node.isOrphaning) await orphanDependents(node, object, { deps, signal })
  if (node.isForeground) {
    return await act(planForeground(node, graph), node, { object, deps, signal })
  }
  if (node.isDeleting || node.owners.length === 0) return
  const states = await Promise.all(
    node.owners.map((owner) => ownerState(node, owner, { deps, signal })),
  )
  const known = states.filter((state) => state !== undefined)
  if (known.length < states.length) {
    deps.unmapped.add(node.uid)
    return
  }
  const finalizers = object.metadata.finalizers ?? []
  const action = planDependent(node, graph, { states: known, finalizers })
  await act(action, node, { object, deps, signal })
}

interface Doing {
  readonly deps: Deps
  readonly signal: AbortSignal
}

async function act(
  action: Action,
  node: GraphNode,
  { object, deps, signal }: Doing & { readonly object: ApiObject },
): Promise<void> {
  switch (action.type) {
    case 'none':
      return
    case 'wake':
      for (const { uid } of action.nodes) deps.context.enqueue(uid)
      return
    case 'delete': {
      const { uid, resourceVersion } = object.metadata
      const { propagation: propagationPolicy } = action
      // The version, too: whoever gave the object a new owner meanwhile must win.
      const preconditions = { uid, resourceVersion }
      const client = clientOf(node, deps)
      await unlessGone(client.delete(node.name, { preconditions, propagationPolicy, signal }))
      return
    }
    case 'set-owners':
      return await setOwners(node, object, { owners: action.owners, deps, signal })
    case 'remove-finalizer':
      return await removeFinalizer(node, object, { finalizer: action.finalizer, deps, signal })
    default:
      unreachable(action)
  }
}

/** Undefined when the owner's kind is not served, so that nobody can tell. */
async function ownerState(
  node: GraphNode,
  owner: OwnerReference,
  { deps, signal }: Doing,
): Promise<OwnerState | undefined> {
  const known = deps.graph.get(owner.uid)
  if (known !== undefined && isOwner(known, owner, node)) {
    return known.isForeground ? 'waiting' : 'solid'
  }
  const cacheKey = `${owner.uid} ${node.namespace}`
  if (deps.absent.has(cacheKey)) return 'absent'
  const type = deps.monitors.typeOf(groupOf(owner.apiVersion), owner.kind)
  if (type === undefined) return undefined
  const { namespace } = node
  // A cluster-scoped object cannot have an owner in some namespace.
  if (type.namespaced && namespace === '') return 'solid'
  const found = await unlessGone(clientOf({ type, namespace }, deps).get(owner.name, { signal }))
  if (found?.metadata.uid === owner.uid) return 'solid'
  remember(deps.absent, cacheKey)
  return 'absent'
}

function remember(absent: Set<string>, key: string): void {
  absent.add(key)
  if (absent.size <= absentMax) return
  for (const oldest of absent) {
    absent.delete(oldest)
    return
  }
}

async function orphanDependents(
  node: GraphNode,
  object: ApiObject,
  { deps, signal }: Doing,
): Promise<void> {
  const { graph, monitors } = deps
  for (const dependent of graph.dependentsOf(node.uid)) {
    const found = monitors.objectOf(dependent.type, keyOf(dependent))
    if (found?.metadata.uid !== dependent.uid) continue
    const owners = dependent.owners.filter(({ uid }) => uid !== node.uid)
    await setOwners(dependent, found, { owners, deps, signal })
  }
  await removeFinalizer(node, object, { finalizer: orphanFinalizer, deps, signal })
}

/** An update: it fails, and is tried with fresh eyes, when the object changed meanwhile. */
async function setOwners(
  node: GraphNode,
  object: ApiObject,
  { owners, deps, signal }: Doing & { readonly owners: readonly OwnerReference[] },
): Promise<void> {
  const metadata = { ...object.metadata, ownerReferences: [...owners] }
  await unlessGone(clientOf(node, deps).update({ ...object, metadata }, { signal }))
}

async function removeFinalizer(
  node: GraphNode,
  object: ApiObject,
  { finalizer, deps, signal }: Doing & { readonly finalizer: string },
): Promise<void> {
  const finalizers = (object.metadata.finalizers ?? []).filter((name) => name !== finalizer)
  const metadata = { ...object.metadata, finalizers }
  await unlessGone(clientOf(node, deps).update({ ...object, metadata }, { signal }))
}

function clientOf(
  { type, namespace }: Pick<GraphNode, 'type' | 'namespace'>,
  { client }: Deps,
): ResourceClient<ApiObject> {
  return type.namespaced ? client.in(type, namespace) : client.for(type)
}

function keyOf({ type, namespace, name }: GraphNode): string {
  return type.namespaced ? `${namespace}/${name}` : name
}
