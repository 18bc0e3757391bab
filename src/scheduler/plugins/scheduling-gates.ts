import type { Plugin } from '#scheduler/framework.ts'

export const schedulingGates: Plugin = {
  name: 'SchedulingGates',
  wakesOn: ['PodUpdate'],
  preEnqueue({ pod }) {
    const gates = pod.spec.schedulingGates ?? []
    if (gates.length === 0) return undefined
    return `waiting for scheduling gates: [${gates.map(({ name }) => name).join(' ')}]`
  },
}
