/**
 * The priority classes of the system's own pods.
 * Upstream: pkg/apis/scheduling/v1/helpers.go, v1.36.
 */
import type { PriorityClass } from '#api/scheduling/v1.gen.ts'
import { priorityclasses } from '#api/resources.gen.ts'
import type { Draft } from '#api/resource-type.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { ensure } from './ensure.ts'

const systemCriticalPriority = 2_000_000_000

const classes: readonly Draft<PriorityClass>[] = [
  {
    metadata: { name: 'system-node-critical' },
    value: systemCriticalPriority + 1000,
    description: 'Used for system critical pods that must not be moved from their current node.',
  },
  {
    metadata: { name: 'system-cluster-critical' },
    value: systemCriticalPriority,
    description:
      'Used for system critical pods that must run in the cluster, but can be moved to another node if necessary.',
  },
]

export async function ensurePriorityClasses(objects: Objects): Promise<void> {
  for (const priorityClass of classes) {
    const name = priorityClass.metadata?.name ?? ''
    await ensure(objects, priorityclasses, { namespace: '', name }, priorityClass)
  }
}
