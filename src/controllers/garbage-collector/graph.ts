/**
 * Who owns whom, over all kinds, from metadata alone. Each change says which objects deserve a look.
 * Upstream: pkg/controller/garbagecollector/graph_builder.go at v1.36.
 */
import type { OwnerReference } from '#api/meta/v1.gen.ts'
import { groupOf } from '#api/meta/owners.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'

export const orphanFinalizer = 'orphan'
export const foregroundFinalizer = 'foregroundDeletion'

export interface GraphNode {
  readonly uid: string
  readonly type: ResourceType
  readonly namespace: string
  readonly name: string
  readonly owners: readonly OwnerReference[]
  /** Its deletion was asked for. */
  readonly isDeleting: boolean
  /** It waits until its dependents are gone … */
  readonly isForeground: boolean
  /** … or until they are no longer its dependents. */
  readonly isOrphaning: boolean
}

export class OwnerGraph {
  readonly #nodes = new Map<string, GraphNode>()
  /** By the owner's uid, whether or not the owner is known. */
  readonly #dependents = new Map<string, Set<string>>()

  get size(): number {
    return this.#nodes.size
  }

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid)
  }

  dependentsOf(uid: string): readonly GraphNode[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((each) => this.#nodes.get(each) ?? [])
  }

  /** Dependents that the owner's deletion in the foreground must wait for. */
  blockersOf(uid: string): readonly GraphNode[] {
    return this.dependentsOf(uid).filter(({ owners }) => blocks(owners, uid))
  }

  /** The object is there, new or changed. Returns the uids of what should be looked at. */
  put(type: ResourceType, object: ApiObject): readonly string[] {
    const node = nodeOf(type, object)
    const prior = this.#nodes.get(node.uid)
    this.#nodes.set(node.uid, node)
    this.#relink(prior, node)
    const wake = new Set<string>()
    if (this.#needsLook(prior, node)) wake.add(node.uid)
    if (node.isOrphaning && prior?.isOrphaning !== true) wake.add(node.uid)
    if (node.isForeground && prior?.isForeground !== true) {
      wake.add(node.uid)
      for (const dependent of this.#dependents.get(node.uid) ?? []) wake.add(dependent)
    }
    for (const { uid } of prior?.owners ?? []) {
      const unblocks = blocks(prior?.owners ?? [], uid) && !blocks(node.owners, uid)
      if (unblocks && this.#nodes.get(uid)?.isForeground === true) wake.add(uid)
    }
    return [...wake]
  }

  /** The object is gone. Returns the uids of what should be looked at. */
  remove(uid: string): readonly string[] {
    const node = this.#nodes.get(uid)
    if (node === undefined) return []
    this.#nodes.delete(uid)
    for (const owner of node.owners) this.#unlink(owner.uid, uid)
    const waiting = node.owners.filter((owner) => this.#nodes.get(owner.uid)?.isForeground === true)
    return [...(this.#dependents.get(uid) ?? []), ...waiting.map((owner) => owner.uid)]
  }

  #relink(prior: GraphNode | undefined, next: GraphNode): void {
    if (prior?.owners === next.owners) return
    for (const { uid } of prior?.owners ?? []) this.#unlink(uid, next.uid)
    for (const { uid } of next.owners) {
      const found = this.#dependents.get(uid)
      if (found === undefined) this.#dependents.set(uid, new Set([next.uid]))
      else found.add(next.uid)
    }
  }

  #unlink(owner: string, dependent: string): void {
    const found = this.#dependents.get(owner)
    if (found?.delete(dependent) === true && found.size === 0) this.#dependents.delete(owner)
  }

  /** An owner came into the object's life that is unknown or on its way out. */
  #needsLook(prior: GraphNode | undefined, node: GraphNode): boolean {
    const known = new Set(prior?.owners.map(({ uid }) => uid))
    return node.owners.some((reference) => {
      if (known.has(reference.uid)) return false
      const owner = this.#nodes.get(reference.uid)
      return owner === undefined || owner.isForeground || !isOwner(owner, reference, node)
    })
  }
}

function blocks(owners: readonly OwnerReference[], uid: string): boolean {
  return owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true)
}

/** A reference that has the right uid but the wrong kind, name or namespace points at nothing. */
export function isOwner(
  { type, namespace, name }: GraphNode,
  reference: OwnerReference,
  dependent: Pick<GraphNode, 'namespace'>,
): boolean {
  return (
    type.kind === reference.kind &&
    type.group === groupOf(reference.apiVersion) &&
    name === reference.name &&
    (!type.namespaced || namespace === dependent.namespace)
  )
}

function nodeOf(type: ResourceType, { metadata }: ApiObject): GraphNode {
  const { uid, namespace = '', name, finalizers = [] } = metadata
  const isDeleting = metadata.deletionTimestamp !== undefined
  return {
    uid,
    type,
    namespace,
    name,
    owners: metadata.ownerReferences ?? [],
    isDeleting,
    isForeground: isDeleting && finalizers.includes(foregroundFinalizer),
    isOrphaning: isDeleting && finalizers.includes(orphanFinalizer),
  }
}
