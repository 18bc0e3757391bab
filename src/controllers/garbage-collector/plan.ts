/**
 * What becomes of an object, given its owners.
 * Upstream: pkg/controller/garbagecollector/garbagecollector.go, attemptToDeleteItem, at v1.36.
 */
import type { OwnerReference } from '#api/meta/v1.gen.ts'
import type { GraphNode, OwnerGraph } from './graph.ts'
import { foregroundFinalizer } from './graph.ts'

export type OwnerState =
  /** It exists and stays. */
  | 'solid'
  /** It is being deleted in the foreground and waits for its dependents. */
  | 'waiting'
  | 'absent'

export type Propagation = 'Background' | 'Foreground' | 'Orphan'

export type Action =
  | { readonly type: 'none' }
  | { readonly type: 'delete'; readonly propagation: Propagation }
  | { readonly type: 'set-owners'; readonly owners: readonly OwnerReference[] }
  | { readonly type: 'remove-finalizer'; readonly finalizer: string }
  /** Dependents that must go first. */
  | { readonly type: 'wake'; readonly nodes: readonly GraphNode[] }

const none: Action = { type: 'none' }

/** For an object whose own deletion waits for its dependents. */
export function planForeground(node: GraphNode, graph: OwnerGraph): Action {
  const blockers = graph.blockersOf(node.uid)
  if (blockers.length === 0) return { type: 'remove-finalizer', finalizer: foregroundFinalizer }
  return { type: 'wake', nodes: blockers.filter(({ isForeground }) => !isForeground) }
}

/** For an object that nobody deletes: `states` are those of its owners, in their order. */
export function planDependent(
  node: GraphNode,
  graph: OwnerGraph,
  {
    states,
    finalizers,
  }: { readonly states: readonly OwnerState[]; readonly finalizers: readonly string[] },
): Action {
  if (node.owners.length === 0) return none
  const solid = node.owners.filter((_, at) => states[at] === 'solid')
  if (solid.length === node.owners.length) return none
  if (solid.length > 0) return { type: 'set-owners', owners: solid }
  const dependents = graph.dependentsOf(node.uid)
  if (states.includes('waiting') && dependents.length > 0) {
    // A circle: the dependent waits for us as its owner does. Somebody must let go first.
    const isCircle = dependents.some(({ isForeground }) => isForeground)
    const isBlocking = node.owners.some(({ blockOwnerDeletion }) => blockOwnerDeletion === true)
    if (isCircle && isBlocking) return { type: 'set-owners', owners: node.owners.map(unblocked) }
    return { type: 'delete', propagation: 'Foreground' }
  }
  return { type: 'delete', propagation: propagationOf(finalizers) }
}

function unblocked(owner: OwnerReference): OwnerReference {
  return { ...owner, blockOwnerDeletion: false }
}

/** What the object itself asks for by its finalizers. */
function propagationOf(finalizers: readonly string[]): Propagation {
  if (finalizers.includes('orphan')) return 'Orphan'
  return finalizers.includes(foregroundFinalizer) ? 'Foreground' : 'Background'
}
