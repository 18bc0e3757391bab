/** Prefers nodes whose cpu and memory fill evenly. Upstream: plugins/noderesources/balanced_allocation.go. */
import type { Plugin } from '#scheduler/framework.ts'

export const balancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  wakesOn: [],
  weight: 1,
  /** Pods that ask for nothing change no balance. */
  preScore: ({ requests }) =>
    requests.cpuMillis === 0 && requests.memoryBytes === 0 ? { type: 'skip' } : { type: 'go' },
  score({ requests }, { requested, allocatable }) {
    const cpu = share(requested.cpuMillis + requests.cpuMillis, allocatable.cpuMillis)
    const memory = share(requested.memoryBytes + requests.memoryBytes, allocatable.memoryBytes)
    // The standard deviation of two numbers is half their distance.
    return Math.floor((1 - Math.abs(cpu - memory) / 2) * 100)
  },
}

function share(requested: number, capacity: number): number {
  return capacity === 0 ? 1 : Math.min(1, requested / capacity)
}
