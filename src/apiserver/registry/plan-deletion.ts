/**
 * What a DELETE does to an object, decided without doing it.
 * Upstream: staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go, BeforeDelete, and
 * pkg/registry/generic/registry/store.go, updateForGracefulDeletionAndFinalizers.
 */
import type { DeleteOptions, ObjectMeta } from '#api/meta/v1.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { timestamp } from '#base/clock.ts'
import { cloneJson } from '#apiserver/watch-cache/json.ts'
import type { Resource } from '#resources/resource.ts'
import { finalizersForDeletion } from './finalizers.ts'

export type DeletionPlan =
  /** It is dying already and this request does not make it faster. */
  | { readonly type: 'wait' }
  | { readonly type: 'remove' }
  /** Write `next`; then remove it at once, or leave that to those who hold it. */
  | { readonly type: 'mark'; readonly next: ApiObject; readonly thenRemove: boolean }

/** Never changes `object`. */
export function planDeletion(
  row: Resource,
  object: ApiObject,
  { options, nowMs }: { readonly options: Partial<DeleteOptions>; readonly nowMs: number },
): DeletionPlan {
  if (endsAtOnce(row, object, options)) return { type: 'remove' }
  const next = copyForMark(object)
  const grace = shortenGrace(row, next, { asked: askedSeconds(options), nowMs })
  if (grace === 'unchanged') return { type: 'wait' }

  const finalizers = finalizersForDeletion(row, object, options)
  if (finalizers.length > 0) next.metadata.finalizers = [...finalizers]
  else delete next.metadata.finalizers
  const isHeld = finalizers.length > 0 || (row.extraFinalizers?.(object) ?? []).length > 0

  if (grace !== 'none') {
    if (isHeld) row.prepareForDelete?.(next)
    return { type: 'mark', next, thenRemove: !isHeld && grace.seconds === 0 }
  }
  if (!isHeld) return { type: 'remove' }
  markAsDying(next.metadata, nowMs)
  row.prepareForDelete?.(next)
  return { type: 'mark', next, thenRemove: false }
}

/** Deletion changes metadata and status: the rest is shared with what is there. */
function copyForMark(object: ApiObject & { status?: unknown }): ApiObject {
  const { metadata, status } = object
  return {
    ...object,
    metadata: cloneJson(metadata),
    ...(status !== undefined && { status: cloneJson(status) }),
  }
}

/** The common case: no grace, no holders now and none asked for. */
function endsAtOnce(row: Resource, object: ApiObject, options: Partial<DeleteOptions>): boolean {
  return (
    row.gracePeriodSeconds === undefined &&
    object.metadata.finalizers === undefined &&
    row.extraFinalizers === undefined &&
    finalizersForDeletion(row, object, options).length === 0
  )
}

/** Negative periods count as one second. */
function askedSeconds({ gracePeriodSeconds }: Partial<DeleteOptions>): number | undefined {
  return gracePeriodSeconds !== undefined && gracePeriodSeconds < 0 ? 1 : gracePeriodSeconds
}

/**
 * Gives the object its time to end, or less of it. `none`: the kind knows no graceful deletion, or it is
 * over. `unchanged`: a period is running that the request does not shorten.
 */
function shortenGrace(
  row: Resource,
  { metadata, ...rest }: ApiObject,
  { asked, nowMs }: { readonly asked: number | undefined; readonly nowMs: number },
): 'none' | 'unchanged' | { readonly seconds: number } {
  if (row.gracePeriodSeconds === undefined) return 'none'
  if (metadata.deletionTimestamp === undefined) {
    const seconds = row.gracePeriodSeconds({ metadata, ...rest }, asked)
    metadata.deletionTimestamp = timestamp(nowMs + seconds * 1000)
    metadata.deletionGracePeriodSeconds = seconds
    raiseGeneration(metadata)
    return { seconds }
  }
  const running = metadata.deletionGracePeriodSeconds ?? 0
  if (running === 0) return 'none'
  if (asked === undefined || asked >= running) return 'unchanged'
  const startedMs = Date.parse(metadata.deletionTimestamp) - running * 1000
  metadata.deletionTimestamp = timestamp(startedMs + asked * 1000)
  metadata.deletionGracePeriodSeconds = asked
  return { seconds: asked }
}

/** The kind ends at once, but something holds the object. */
function markAsDying(metadata: ObjectMeta, nowMs: number): void {
  const { deletionTimestamp } = metadata
  if (deletionTimestamp === undefined) raiseGeneration(metadata)
  if (deletionTimestamp === undefined || Date.parse(deletionTimestamp) > nowMs) {
    metadata.deletionTimestamp = timestamp(nowMs)
  }
  metadata.deletionGracePeriodSeconds = 0
}

function raiseGeneration(metadata: ObjectMeta): void {
  if ((metadata.generation ?? 0) > 0) metadata.generation = (metadata.generation ?? 0) + 1
}
