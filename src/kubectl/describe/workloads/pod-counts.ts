/** How the pods of a controller fare. Upstream: describe.go, getPodStatusForController. */
import type { Pod } from '#api/core/v1.gen.ts'
import type { ObjectMeta } from '#api/meta/v1.gen.ts'
import { controllerOf } from '#api/meta/owners.ts'
import type { Reader } from '#kubectl/describe/reader.ts'

export interface PodCounts {
  readonly running: number
  readonly waiting: number
  readonly succeeded: number
  readonly failed: number
}

/** Of the pods that `selector` finds and the object controls. */
export async function podCounts(
  { metadata }: { readonly metadata: ObjectMeta },
  selector: string,
  reader: Reader,
): Promise<PodCounts> {
  const place = { resource: 'pods', namespace: metadata.namespace ?? '' }
  const pods = await reader.list<Pod>(place, { labels: selector })
  const own = pods.filter((pod) => controllerOf(pod)?.uid === metadata.uid)
  const count = (phase: string): number =>
    own.filter(({ status }) => status?.phase === phase).length
  return {
    running: count('Running'),
    waiting: count('Pending'),
    succeeded: count('Succeeded'),
    failed: count('Failed'),
  }
}

export function podCountsText({ running, waiting, succeeded, failed }: PodCounts): string {
  return `${running} Running / ${waiting} Waiting / ${succeeded} Succeeded / ${failed} Failed`
}
