/**
 * The past templates of a DaemonSet or StatefulSet, kept as ControllerRevisions.
 * Upstream: pkg/controller/history/controller_history.go at v1.36.
 */
import type { ControllerRevision } from '#api/apps/v1.gen.ts'
import type { PodTemplateSpec } from '#api/core/v1.gen.ts'
import type { LabelSelector } from '#api/meta/v1.gen.ts'
import { controllerRef, isControlledBy } from '#api/meta/owners.ts'
import { isStatus } from '#api/meta/status.ts'
import type { ApiObject, Draft, ResourceType } from '#api/resource-type.ts'
import { controllerrevisions } from '#api/resources.gen.ts'
import type { Client } from '#client/client.ts'
import type { StartedInformer } from '#client/start-informer.ts'
import { equal } from './equal.ts'
import { claim } from './ownership.ts'
import { templateHash } from './template-hash.ts'
import { unlessGone } from './writes.ts'

export const revisionHashLabel = 'controller-revision-hash'

/** What DaemonSets and StatefulSets have in common. */
export interface Versioned extends ApiObject {
  spec: {
    selector: LabelSelector
    template: PodTemplateSpec
    revisionHistoryLimit?: number
  }
  status?: { collisionCount?: number }
}

export interface History {
  readonly client: Client
  readonly ownerType: ResourceType
  readonly revisions: StartedInformer<ControllerRevision>
}

/** The owner's revisions, oldest first. */
export async function revisionsOf(
  { client, ownerType, revisions }: History,
  owner: Versioned,
  signal: AbortSignal,
): Promise<readonly ControllerRevision[]> {
  const claimer = { client, informer: revisions, type: controllerrevisions, ownerType }
  return (await claim(claimer, owner, signal)).toSorted(byRevision)
}

export function byRevision(a: ControllerRevision, b: ControllerRevision): number {
  if (a.revision !== b.revision) return a.revision - b.revision
  return a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1
}

/** A patch that brings the owner back to this template: what `kubectl rollout undo` applies. */
export function revisionData({ spec }: Versioned): Record<string, unknown> {
  return { spec: { template: { ...spec.template, $patch: 'replace' } } }
}

export type RevisionPlan =
  /** The newest revision is the owner's template. */
  | { readonly type: 'keep'; readonly revision: ControllerRevision }
  /** An older one is: it becomes the newest. */
  | { readonly type: 'renumber'; readonly revision: ControllerRevision; readonly to: number }
  | { readonly type: 'create'; readonly draft: Draft<ControllerRevision> }

/** `revisions` oldest first. */
export function planRevision(
  owner: Versioned,
  ownerType: ResourceType,
  revisions: readonly ControllerRevision[],
): RevisionPlan {
  const data = revisionData(owner)
  const newest = revisions.at(-1)
  const same = revisions.findLast((revision) => equal(revision.data, data))
  if (same !== undefined && same === newest) return { type: 'keep', revision: same }
  const to = (newest?.revision ?? 0) + 1
  if (same !== undefined) return { type: 'renumber', revision: same, to }
  return { type: 'create', draft: draftRevision(owner, ownerType, to) }
}

function draftRevision(
  owner: Versioned,
  ownerType: ResourceType,
  revision: number,
): Draft<ControllerRevision> {
  const hash = templateHash(owner.spec.template, owner.status?.collisionCount)
  const { name, namespace = '', annotations } = owner.metadata
  return {
    metadata: {
      name: `${name}-${hash}`,
      namespace,
      labels: { ...owner.spec.template.metadata?.labels, [revisionHashLabel]: hash },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [controllerRef(owner, ownerType)],
    },
    data: revisionData(owner),
    revision,
  }
}

/** The name of the new revision is taken by another template: the owner must count the collision. */
export class RevisionCollision extends Error {
  override readonly name = 'RevisionCollision'
}

/** Carries the plan out; returns the revision of the owner's template. Throws RevisionCollision. */
export async function ensureRevision(
  { client, ownerType }: History,
  { owner, plan }: { readonly owner: Versioned; readonly plan: RevisionPlan },
  signal: AbortSignal,
): Promise<ControllerRevision> {
  if (plan.type === 'keep') return plan.revision
  const revisions = client.in(controllerrevisions, owner.metadata.namespace ?? '')
  if (plan.type === 'renumber') {
    return await revisions.update({ ...plan.revision, revision: plan.to }, { signal })
  }
  try {
    return await revisions.create(plan.draft, { signal })
  } catch (error) {
    if (!isStatus(error, 'AlreadyExists')) throw error
    const name = plan.draft.metadata?.name ?? ''
    const existing = await revisions.get(name, { signal })
    if (isControlledBy(existing, owner) && equal(existing.data, plan.draft.data)) return existing
    throw new RevisionCollision(`the name ${name} of a ${ownerType.kind}'s revision is taken`)
  }
}

/** Old revisions beyond the limit that no pod and no status mentions, oldest first. */
export function planHistoryCleanup(
  { spec }: Versioned,
  revisions: readonly ControllerRevision[],
  live: ReadonlySet<string>,
): readonly ControllerRevision[] {
  const unused = revisions.filter(({ metadata }) => {
    const hash = metadata.labels?.[revisionHashLabel] ?? ''
    return !live.has(hash) && !live.has(metadata.name)
  })
  const surplus = unused.length - (spec.revisionHistoryLimit ?? 10)
  return unused.slice(0, Math.max(0, surplus))
}

export async function deleteRevisions(
  { client }: History,
  surplus: readonly ControllerRevision[],
  signal: AbortSignal,
): Promise<void> {
  for (const { metadata } of surplus) {
    const { name, uid, namespace = '' } = metadata
    const revisions = client.in(controllerrevisions, namespace)
    await unlessGone(revisions.delete(name, { preconditions: { uid }, signal }))
  }
}
