import { isTolerated } from '#api/meta/taints.ts'
import { unresolvable, type Plugin } from '#scheduler/framework.ts'

const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const

export const nodeUnschedulable: Plugin = {
  name: 'NodeUnschedulable',
  wakesOn: ['NodeAdd', 'NodeTaint'],
  filter({ pod }, { node }) {
    if (node?.spec.unschedulable !== true || isTolerated(taint, pod.spec.tolerations))
      return undefined
    return unresolvable('node(s) were unschedulable')
  },
}
