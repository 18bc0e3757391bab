/**
 * Who owns what: a controller keeps what its selector matches, adopts orphans that match, and releases
 * what matches no more.
 * Upstream: pkg/controller/controller_ref_manager.go at v1.36.
 */
import type { LabelSelector, OwnerReference } from '#api/meta/v1.gen.ts'
import { labelSelectorMatcher } from '#api/meta/labels.ts'
import { controllerOf, controllerRef } from '#api/meta/owners.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import type { Client } from '#client/client.ts'
import type { StartedInformer } from '#client/start-informer.ts'
import { unlessGone } from './writes.ts'

const controllerIndex = 'controller'

/** Declares the index that `claimable` reads. */
export function indexByController<T extends ApiObject>(informer: StartedInformer<T>): void {
  informer.addIndex(controllerIndex, (object) => [
    controllerOf(object)?.uid ?? orphansOf(object.metadata.namespace ?? ''),
  ])
}

/** What the owner controls. Needs `indexByController`. */
export function ownedBy<T extends ApiObject>(
  informer: StartedInformer<T>,
  owner: ApiObject,
): readonly T[] {
  return informer.store.byIndex(controllerIndex, owner.metadata.uid)
}

/** What nobody in the namespace controls. Needs `indexByController`. */
export function orphansIn<T extends ApiObject>(
  informer: StartedInformer<T>,
  namespace: string,
): readonly T[] {
  return informer.store.byIndex(controllerIndex, orphansOf(namespace))
}

function orphansOf(namespace: string): string {
  return `orphans/${namespace}`
}

export interface Claim<T> {
  readonly keep: readonly T[]
  readonly adopt: readonly T[]
  readonly release: readonly T[]
}

/** Sorts the owner's objects and the orphans of its namespace. */
export function planClaim<T extends ApiObject>(
  owner: ApiObject,
  selector: LabelSelector | undefined,
  objects: readonly T[],
): Claim<T> {
  const matcher = labelSelectorMatcher(selector)
  const isGoing = owner.metadata.deletionTimestamp !== undefined
  const [keep, adopt, release]: [T[], T[], T[]] = [[], [], []]
  for (const object of objects) {
    const matches = matcher.matches(object.metadata.labels)
    const controller = controllerOf(object)
    if (controller?.uid === owner.metadata.uid) {
      if (matches) keep.push(object)
      else if (!isGoing) release.push(object)
    } else if (controller === undefined && matches && !isGoing) {
      if (object.metadata.deletionTimestamp === undefined) adopt.push(object)
    }
  }
  return { keep, adopt, release }
}

export interface Claimer<T extends ApiObject> {
  readonly client: Client
  readonly informer: StartedInformer<T>
  readonly type: ResourceType<T>
  readonly ownerType: ResourceType
}

/**
 * The objects that the owner controls after orphans were adopted and strangers released. Needs
 * `indexByController`. Throws when the owner is no longer what the caller knows.
 */
export async function claim<T extends ApiObject>(
  claimer: Claimer<T>,
  owner: ApiObject & { readonly spec: { readonly selector?: LabelSelector } },
  signal: AbortSignal,
): Promise<readonly T[]> {
  const { informer } = claimer
  const namespace = owner.metadata.namespace ?? ''
  const objects = [...ownedBy(informer, owner), ...orphansIn(informer, namespace)]
  const plan = planClaim(owner, owner.spec.selector, objects)
  if (plan.adopt.length + plan.release.length === 0) return plan.keep
  if (plan.adopt.length > 0) await assertStillOwner(claimer, owner, signal)
  const adopted = await Promise.all(
    plan.adopt.map((object) => adopt(claimer, { owner, object, signal })),
  )
  await Promise.all(plan.release.map((object) => release(claimer, { owner, object, signal })))
  return [...plan.keep, ...adopted.flatMap((object) => object ?? [])]
}

/** The copy may be old: an owner that was replaced or is going must adopt nothing. */
async function assertStillOwner<T extends ApiObject>(
  { client, ownerType }: Claimer<T>,
  { metadata }: ApiObject,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = '', name, uid } = metadata
  const fresh = await client.in(ownerType, namespace).get(name, { signal })
  if (fresh.metadata.uid !== uid) {
    throw new Error(
      `original ${ownerType.kind} ${namespace}/${name} is gone: got uid ${fresh.metadata.uid}, wanted ${uid}`,
    )
  }
  if (fresh.metadata.deletionTimestamp !== undefined) {
    throw new Error(
      `${namespace}/${name} has just been deleted at ${fresh.metadata.deletionTimestamp}`,
    )
  }
}

interface Transfer<T> {
  readonly owner: ApiObject
  readonly object: T
  readonly signal: AbortSignal
}

/** The version makes it fail, and be planned anew, when the object changed under our hands. */
function setOwners<T extends ApiObject>(
  { client, type }: Claimer<T>,
  { object, signal }: Transfer<T>,
  ownerReferences: OwnerReference[],
): Promise<T | undefined> {
  const { name, namespace = '', uid, resourceVersion } = object.metadata
  const patch = { metadata: { uid, resourceVersion, ownerReferences } }
  return unlessGone(client.in(type, namespace).patch(name, 'merge', patch, { signal }))
}

function adopt<T extends ApiObject>(
  claimer: Claimer<T>,
  transfer: Transfer<T>,
): Promise<T | undefined> {
  const others = transfer.object.metadata.ownerReferences ?? []
  return setOwners(claimer, transfer, [...others, controllerRef(transfer.owner, claimer.ownerType)])
}

async function release<T extends ApiObject>(
  claimer: Claimer<T>,
  transfer: Transfer<T>,
): Promise<void> {
  const { uid } = transfer.owner.metadata
  const owners = transfer.object.metadata.ownerReferences ?? []
  await setOwners(
    claimer,
    transfer,
    owners.filter((owner) => owner.uid !== uid),
  )
}
