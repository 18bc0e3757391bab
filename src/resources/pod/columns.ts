/** Upstream: pkg/printers/internalversion/printers.go, podColumnDefinitions, printPod. */
import type { Pod } from '#api/core/v1.gen.ts'
import { translateTimestampSince } from '#api/meta/time.ts'
import { ageColumn, nameColumn, stringColumn, wide } from '#resources/columns.ts'
import type { Column } from '#resources/resource.ts'
import { podState } from './state.ts'

const none = '<none>'

export const podColumns: readonly Column<Pod>[] = [
  nameColumn(),
  stringColumn(
    'Ready',
    'The aggregate readiness state of this pod for accepting traffic.',
    (pod) => {
      const { ready, total } = podState(pod)
      return `${ready}/${total}`
    },
  ),
  stringColumn(
    'Status',
    'The aggregate status of the containers in this pod.',
    (pod) => podState(pod).reason,
  ),
  stringColumn(
    'Restarts',
    'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    (pod, nowMs) => {
      const { restarts, lastRestart } = podState(pod)
      if (restarts === 0 || lastRestart === undefined) return String(restarts)
      return `${restarts} (${translateTimestampSince(lastRestart, nowMs)} ago)`
    },
  ),
  ageColumn(),
  wide(
    stringColumn(
      'IP',
      'podIP address allocated to the pod. Routable at least within the cluster. Empty if not yet allocated.',
      (pod) => pod.status?.podIPs?.[0]?.ip || none,
    ),
  ),
  wide(
    stringColumn(
      'Node',
      'NodeName indicates in which node this pod is scheduled. If empty, this pod is a candidate for scheduling by the scheduler defined in schedulerName.',
      (pod) => pod.spec.nodeName || none,
    ),
  ),
  wide(
    stringColumn(
      'Nominated Node',
      'nominatedNodeName is set only when this pod preempts other pods on the node, but it cannot be scheduled right away as preemption victims receive their graceful termination periods.',
      (pod) => pod.status?.nominatedNodeName || none,
    ),
  ),
  wide(
    stringColumn(
      'Readiness Gates',
      'If specified, all readiness gates will be evaluated for pod readiness. A pod is ready when all its containers are ready AND all conditions specified in the readiness gates have status equal to "True"',
      readinessGates,
    ),
  ),
]

function readinessGates(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? []
  if (gates.length === 0) return none
  const met = gates.filter(
    ({ conditionType }) =>
      pod.status?.conditions?.find(({ type }) => type === conditionType)?.status === 'True',
  )
  return `${met.length}/${gates.length}`
}
