/**
 * What a namespace's status says while it is taken down.
 * Upstream: pkg/controller/namespace/deletion at v1.36.
 */
import type { NamespaceCondition } from '#api/core/v1.gen.ts'
import type { GroupResource } from '#api/meta/status.ts'
import { withCondition } from '#api/meta/conditions.ts'

/** What a pass over the namespace's content found. */
export interface Progress {
  /** Group versions that could not say what they serve. */
  readonly discoveryErrors: readonly string[]
  readonly deletionErrors: readonly string[]
  readonly remaining: readonly Remaining[]
}

export interface Remaining {
  readonly resource: GroupResource
  readonly count: number
  /** How many objects wait for a finalizer. */
  readonly finalizers: ReadonlyMap<string, number>
}

type Verdict = readonly [type: string, bad: boolean, reason: string, message: string]

/** The conditions after a pass, in upstream's order and words. */
export function conditionsAfter(
  prior: readonly NamespaceCondition[] | undefined,
  progress: Progress,
  now: string,
): NamespaceCondition[] {
  let conditions = [...(prior ?? [])]
  for (const [type, bad, reason, message] of verdicts(progress)) {
    const status = bad ? 'True' : 'False'
    const condition = { type, status, lastTransitionTime: now, reason, message }
    conditions = withCondition(conditions, condition)
  }
  return conditions
}

function verdicts({ discoveryErrors, deletionErrors, remaining }: Progress): Verdict[] {
  const finalizers = totalFinalizers(remaining)
  const failedDiscovery = discoveryErrors.length > 0
  const failedDeletion = deletionErrors.length > 0
  return [
    [
      'NamespaceDeletionDiscoveryFailure',
      failedDiscovery,
      failedDiscovery ? 'DiscoveryFailed' : 'ResourcesDiscovered',
      failedDiscovery
        ? `Discovery failed for some groups, ${discoveryErrors.length} failing: ${discoveryErrors.join(', ')}`
        : 'All resources successfully discovered',
    ],
    [
      'NamespaceDeletionGroupVersionParsingFailure',
      false,
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ],
    [
      'NamespaceDeletionContentFailure',
      failedDeletion,
      failedDeletion ? 'ContentDeletionFailed' : 'ContentDeleted',
      failedDeletion
        ? `Failed to delete all resource types, ${deletionErrors.length} remaining: ${deletionErrors.toSorted().join(', ')}`
        : 'All content successfully deleted, may be waiting on finalization',
    ],
    [
      'NamespaceContentRemaining',
      remaining.length > 0,
      remaining.length > 0 ? 'SomeResourcesRemain' : 'ContentRemoved',
      remaining.length > 0
        ? `Some resources are remaining: ${remaining.map(inWords).toSorted().join(', ')}`
        : 'All content successfully removed',
    ],
    [
      'NamespaceFinalizersRemaining',
      finalizers.length > 0,
      finalizers.length > 0 ? 'SomeFinalizersRemain' : 'ContentHasNoFinalizers',
      finalizers.length > 0
        ? `Some content in the namespace has finalizers remaining: ${finalizers.join(', ')}`
        : 'All content-preserving finalizers finished',
    ],
  ]
}

function inWords({ resource, count }: Remaining): string {
  return `${resource.resource}.${resource.group} has ${count} resource instances`
}

function totalFinalizers(remaining: readonly Remaining[]): string[] {
  const totals = new Map<string, number>()
  for (const { finalizers } of remaining) {
    for (const [name, count] of finalizers) totals.set(name, (totals.get(name) ?? 0) + count)
  }
  return [...totals].map(([name, count]) => `${name} in ${count} resource instances`).toSorted()
}
