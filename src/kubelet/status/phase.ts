/** A pod's phase. Upstream: pkg/kubelet/kubelet_pods.go, getPhase, at v1.36. */
import type { ContainerStatus, Pod, PodStatus } from '#api/core/v1.gen.ts'
import { isRestartableInitContainer as isSidecar } from '#api/meta/pods.ts'
import { mayRestart, restartsAfter } from '#kubelet/pod/restart-policy.ts'

export type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'

/** `ended`: nothing of the pod will run again, whatever its policy says. */
export function podPhase(
  pod: Pod,
  status: Pick<PodStatus, 'containerStatuses' | 'initContainerStatuses'>,
  ended: boolean,
): Phase {
  const init = initProgress(pod, status.initContainerStatuses ?? [])
  if (init === 'failed') return 'Failed'
  const counts = count(pod, status.containerStatuses ?? [])
  if (init === 'pending' || counts.waiting > 0) return 'Pending'
  if (counts.unknown > 0) return 'Pending'
  if (counts.running > 0) return 'Running'
  if (counts.stopped === 0) return 'Pending'
  const allSucceeded = counts.stopped === counts.succeeded
  if (ended) return allSucceeded ? 'Succeeded' : 'Failed'
  if (counts.willRestart > 0) return 'Running'
  return allSucceeded ? 'Succeeded' : 'Failed'
}

function initProgress(
  pod: Pod,
  statuses: readonly ContainerStatus[],
): 'failed' | 'pending' | 'done' {
  let pending = false
  for (const container of pod.spec.initContainers ?? []) {
    const status = statuses.find(({ name }) => name === container.name)
    const ended = status?.state?.terminated
    const before = status?.lastState?.terminated
    if (isSidecar(container)) {
      const begun =
        ended !== undefined || (status?.state?.waiting !== undefined && before !== undefined)
      if (!begun && status?.started !== true) pending = true
      continue
    }
    const exit = ended ?? (status?.state?.waiting === undefined ? undefined : before)
    if (exit === undefined) pending = true
    else if (exit.exitCode !== 0) {
      if (!restartsAfter(pod, container, exit.exitCode)) return 'failed'
      pending = true
    }
  }
  return pending ? 'pending' : 'done'
}

function count(pod: Pod, statuses: readonly ContainerStatus[]) {
  const counts = { unknown: 0, running: 0, waiting: 0, stopped: 0, succeeded: 0, willRestart: 0 }
  for (const container of pod.spec.containers) {
    const status = statuses.find(({ name }) => name === container.name)
    const exit = status?.state?.terminated
    if (status?.state?.running !== undefined) counts.running += 1
    else if (exit !== undefined) {
      counts.stopped += 1
      if (exit.exitCode === 0) counts.succeeded += 1
      if (mayRestart(pod, container) && restartsAfter(pod, container, exit.exitCode)) {
        counts.willRestart += 1
      }
    } else if (status?.state?.waiting !== undefined) {
      if (status.lastState?.terminated === undefined) counts.waiting += 1
      else {
        counts.stopped += 1
        counts.willRestart += 1
      }
    } else counts.unknown += 1
  }
  return counts
}
