import type { Node } from '#api/core/v1.gen.ts'
import type { ClusterEvent } from './framework.ts'

/** What a change of a node may mean for pods that found no place; heartbeats mean nothing. */
export function nodeEvents(node: Node, prior: Node | undefined): readonly ClusterEvent[] {
  if (prior === undefined) return ['NodeAdd']
  const events: ClusterEvent[] = []
  if (differ(node.status?.allocatable, prior.status?.allocatable)) events.push('NodeAllocatable')
  if (differ(node.metadata.labels, prior.metadata.labels)) events.push('NodeLabel')
  const taintsDiffer = differ(node.spec.taints, prior.spec.taints)
  if (taintsDiffer || node.spec.unschedulable !== prior.spec.unschedulable) events.push('NodeTaint')
  if (differ(statuses(node), statuses(prior))) events.push('NodeCondition')
  return events
}

function statuses(node: Node): readonly string[] {
  return (node.status?.conditions ?? []).map(({ type, status }) => `${type}=${status}`)
}

function differ(a: unknown, b: unknown): boolean {
  return a !== b && JSON.stringify(a) !== JSON.stringify(b)
}
