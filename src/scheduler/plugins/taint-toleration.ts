import type { Taint } from '#api/core/v1.gen.ts'
import { isTolerated } from '#api/meta/taints.ts'
import { normalizeByMax, unresolvable, type Plugin } from '#scheduler/framework.ts'

export const taintToleration: Plugin = {
  name: 'TaintToleration',
  wakesOn: ['NodeAdd', 'NodeTaint', 'PodUpdate'],
  weight: 3,
  filter({ pod }, { node }) {
    const taint = node?.spec.taints?.find(
      (candidate) =>
        candidate.effect !== 'PreferNoSchedule' && !isTolerated(candidate, pod.spec.tolerations),
    )
    return taint === undefined ? undefined : unresolvable(`node(s) had untolerated taint(s)`)
  },
  /** Fewer intolerable soft taints are better. */
  score({ pod }, { node }) {
    const soft = (pod.spec.tolerations ?? []).filter(
      ({ effect }) => effect === undefined || effect === '' || effect === 'PreferNoSchedule',
    )
    const hurts = (taint: Taint): boolean =>
      taint.effect === 'PreferNoSchedule' && !isTolerated(taint, soft)
    return node?.spec.taints?.filter(hurts).length ?? 0
  },
  normalize: (scores) => normalizeByMax(scores, true),
}
