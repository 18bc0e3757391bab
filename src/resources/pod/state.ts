/**
 * A pod in one word, as `kubectl get pods` shows it. Upstream: pkg/printers/internalversion/printers.go,
 * printPod.
 */
import type { ContainerState, ContainerStatus, Pod } from '#api/core/v1.gen.ts'
import { isPodTerminal } from '#api/meta/pods.ts'
import { isSidecar } from './validate-init-containers.ts'

export interface PodState {
  readonly ready: number
  readonly total: number
  readonly reason: string
  readonly restarts: number
  /** When the last container that restarted had ended. */
  readonly lastRestart: string | undefined
}

/** What has been counted on the way. */
interface Tally {
  ready: number
  reason: string
  restarts: Restarts
}

export function podState(pod: Pod): PodState {
  const sidecars = (pod.spec.initContainers ?? []).filter(isSidecar)
  const tally: Tally = { ready: 0, reason: reasonOf(pod), restarts: new Restarts() }
  const ofSidecars = new Restarts()
  const initializing = tallyInit(pod, new Set(sidecars.map(({ name }) => name)), tally, ofSidecars)
  if (!initializing || isInitialized(pod)) {
    tally.restarts = ofSidecars
    tallyRegular(pod, tally)
  }
  return {
    ready: tally.ready,
    total: (pod.spec.containers ?? []).length + sidecars.length,
    reason: reasonOfDeletion(pod) ?? tally.reason,
    restarts: tally.restarts.count,
    lastRestart: tally.restarts.last,
  }
}

class Restarts {
  count = 0
  last: string | undefined

  add(status: ContainerStatus): void {
    this.count += status.restartCount ?? 0
    const ended = status.lastState?.terminated?.finishedAt
    if (ended !== undefined && (this.last === undefined || this.last < ended)) this.last = ended
  }
}

function reasonOf(pod: Pod): string {
  const gated = pod.status?.conditions?.some(
    ({ type, reason }) => type === 'PodScheduled' && reason === 'SchedulingGated',
  )
  return gated === true ? 'SchedulingGated' : pod.status?.reason || (pod.status?.phase ?? '')
}

/** True when an init container is still to be waited for. */
function tallyInit(
  pod: Pod,
  sidecars: ReadonlySet<string>,
  tally: Tally,
  ofSidecars: Restarts,
): boolean {
  for (const [at, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    tally.restarts.add(status)
    const sidecar = sidecars.has(status.name)
    if (sidecar) ofSidecars.add(status)
    if (status.state?.terminated?.exitCode === 0) continue
    if (sidecar && status.started === true) {
      if (status.ready) tally.ready += 1
      continue
    }
    const progress = `${at}/${(pod.spec.initContainers ?? []).length}`
    tally.reason = `Init:${initReason(status.state, progress)}`
    return true
  }
  return false
}

function initReason(state: ContainerState | undefined, progress: string): string {
  if (state?.terminated !== undefined) return endOf(state.terminated)
  const waiting = state?.waiting?.reason
  return !waiting || waiting === 'PodInitializing' ? progress : waiting
}

function endOf(ended: NonNullable<ContainerState['terminated']>): string {
  if (ended.reason) return ended.reason
  return ended.signal ? `Signal:${ended.signal}` : `ExitCode:${ended.exitCode}`
}

/** The first container that has something to tell wins, so they are looked at from the last. */
function tallyRegular(pod: Pod, tally: Tally): void {
  let running = false
  for (const status of (pod.status?.containerStatuses ?? []).toReversed()) {
    tally.restarts.add(status)
    const { state } = status
    if (state?.waiting?.reason) tally.reason = state.waiting.reason
    else if (state?.terminated !== undefined) tally.reason = endOf(state.terminated)
    else if (status.ready && state?.running !== undefined) {
      running = true
      tally.ready += 1
    }
  }
  if (tally.reason === 'Completed' && running) {
    tally.reason = isTrue(pod, 'Ready') ? 'Running' : 'NotReady'
  }
}

function isInitialized(pod: Pod): boolean {
  return isTrue(pod, 'Initialized')
}

function isTrue(pod: Pod, condition: string): boolean {
  return (
    pod.status?.conditions?.some(({ type, status }) => type === condition && status === 'True') ??
    false
  )
}

function reasonOfDeletion(pod: Pod): string | undefined {
  if (pod.metadata.deletionTimestamp === undefined) return undefined
  if (pod.status?.reason === 'NodeLost') return 'Unknown'
  return isPodTerminal(pod) ? undefined : 'Terminating'
}
