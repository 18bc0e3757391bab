/**
 * When a pod must leave its node because of the node's taints.
 * Upstream: pkg/controller/tainteviction/taint_eviction.go at v1.36.
 */
import type { Taint, Toleration } from '#api/core/v1.gen.ts'
import { tolerates } from '#api/meta/taints.ts'

export type Stay =
  | { readonly type: 'for-ever' }
  | { readonly type: 'not-at-all' }
  /** From the moment the taints were seen. */
  | { readonly type: 'for'; readonly ms: number }

/** Every NoExecute taint must be tolerated; the shortest of the tolerations that do so counts. */
export function stayOf(taints: readonly Taint[], tolerations: readonly Toleration[] = []): Stay {
  const executing = taints.filter(({ effect }) => effect === 'NoExecute')
  if (executing.length === 0) return { type: 'for-ever' }
  const used = new Set<Toleration>()
  for (const taint of executing) {
    const found = tolerations.find((toleration) => tolerates(toleration, taint))
    if (found === undefined) return { type: 'not-at-all' }
    used.add(found)
  }
  const seconds = [...used].flatMap(({ tolerationSeconds }) => tolerationSeconds ?? [])
  if (seconds.length === 0) return { type: 'for-ever' }
  return { type: 'for', ms: Math.max(0, Math.min(...seconds)) * 1000 }
}
