/**
 * The containerStatuses of a pod, from what the runtime has, what was reported before, and why
 * containers could not be started.
 * Upstream: pkg/kubelet/kubelet_pods.go, convertToAPIContainerStatuses, at v1.36.
 */
import type {
  Container,
  ContainerState,
  ContainerStatus,
  Pod,
  VolumeMountStatus,
} from '#api/core/v1.gen.ts'
import { isRestartableInitContainer as isSidecar } from '#api/meta/pods.ts'
import { timestamp } from '#base/clock.ts'
import { shouldRestart } from '#kubelet/pod/restart-policy.ts'
import { latest } from '#kubelet/runtime/pod-runtime.ts'
import type { PodRuntime, RuntimeContainer } from '#kubelet/runtime/pod-runtime.ts'

/** Why a container waits: `CrashLoopBackOff`, `ErrImagePull`, … with a text for people. */
export interface Waiting {
  readonly reason: string
  readonly message: string
}

export interface ContainerView {
  readonly pod: Pod
  readonly runtime: PodRuntime
  /** `containerd`, the scheme of container IDs. */
  readonly runtimeName: string
  waiting(container: string): Waiting | undefined
  /** Whether its startup probe (if any) has succeeded. */
  started(container: RuntimeContainer): boolean
  /** Whether its readiness probe (if any) succeeds. */
  ready(container: RuntimeContainer): boolean
}

export type StatusKind = 'init' | 'main' | 'ephemeral'

export function containerStatuses(
  view: ContainerView,
  containers: readonly Container[],
  kind: StatusKind,
  prior: readonly ContainerStatus[],
): ContainerStatus[] {
  return containers.map((container) =>
    containerStatus(
      view,
      container,
      kind,
      prior.find(({ name }) => name === container.name),
    ),
  )
}

function containerStatus(
  view: ContainerView,
  container: Container,
  kind: StatusKind,
  prior: ContainerStatus | undefined,
): ContainerStatus {
  // One that is created and not started yet is none so far.
  const [present, previous] = view.runtime.containers.filter(
    ({ name, state }) => name === container.name && state.is !== 'created',
  )
  const status =
    present === undefined
      ? unseen(view.pod, container, kind, prior)
      : seen(view, container, present, prior)
  if (previous !== undefined) status.lastState = stateOf(view, previous)
  else if (present !== undefined && prior?.lastState !== undefined && status.restartCount > 0) {
    status.lastState = prior.lastState
  }
  applyWaiting(view, container, kind, status)
  applyProbes(view, container, kind, present, status)
  return status
}

/** The runtime has no such container: not yet, or no longer. */
function unseen(
  pod: Pod,
  container: Container,
  kind: StatusKind,
  prior: ContainerStatus | undefined,
): ContainerStatus {
  if (prior?.state?.terminated !== undefined) return { ...prior }
  const hasInit = (pod.spec.initContainers ?? []).length > 0
  const reason = hasInit && kind !== 'ephemeral' ? 'PodInitializing' : 'ContainerCreating'
  const status: ContainerStatus = {
    name: container.name,
    state: { waiting: { reason } },
    lastState: {},
    ready: false,
    restartCount: prior?.restartCount ?? 0,
    image: container.image ?? '',
    imageID: '',
  }
  if (prior?.state?.running !== undefined) {
    // It ran, and has vanished: what happened to it is not known.
    status.lastState = {
      terminated: lost(
        'The container could not be located when the pod was deleted.  The container used to be Running',
      ),
    }
    status.restartCount += 1
  } else if (prior?.lastState !== undefined) {
    status.lastState = prior.lastState
  }
  return status
}

export function lost(message: string): NonNullable<ContainerState['terminated']> {
  return { reason: 'ContainerStatusUnknown', message, exitCode: 137 }
}

function seen(
  view: ContainerView,
  container: Container,
  present: RuntimeContainer,
  prior: ContainerStatus | undefined,
): ContainerStatus {
  const status: ContainerStatus = {
    name: container.name,
    state: stateOf(view, present, prior),
    lastState: {},
    ready: false,
    restartCount: present.restartCount,
    image: present.image,
    imageID: present.imageId,
    containerID: `${view.runtimeName}://${present.id}`,
  }
  const resources = container.resources ?? {}
  if (resources.requests !== undefined) status.allocatedResources = resources.requests
  status.resources = prior?.resources ?? resources
  if (present.state.is === 'running') status.resources = resources
  const mounts = mountStatuses(container)
  if (mounts.length > 0) status.volumeMounts = mounts
  if (present.user !== undefined) {
    const { uid, gid, supplementalGroups } = present.user
    status.user = { linux: { uid, gid, supplementalGroups: [...supplementalGroups] } }
  }
  return status
}

function mountStatuses(container: Container): VolumeMountStatus[] {
  return (container.volumeMounts ?? []).map(({ name, mountPath, readOnly }) => ({
    name,
    mountPath,
    ...(readOnly === true ? { readOnly, recursiveReadOnly: 'Disabled' } : {}),
  }))
}

function stateOf(
  view: ContainerView,
  { id, state }: RuntimeContainer,
  prior?: ContainerStatus,
): ContainerState {
  switch (state.is) {
    case 'running':
      return { running: { startedAt: timestamp(state.startedAtMs) } }
    case 'exited':
      return {
        terminated: {
          exitCode: state.exitCode,
          ...(state.reason === '' ? {} : { reason: state.reason }),
          ...(state.message === '' ? {} : { message: state.message }),
          startedAt: timestamp(state.startedAtMs),
          finishedAt: timestamp(state.finishedAtMs),
          containerID: `${view.runtimeName}://${id}`,
        },
      }
    case 'created':
    case 'unknown':
      return prior?.state?.running === undefined
        ? { waiting: {} }
        : { terminated: lost('The container could not be located when the pod was terminated') }
  }
}

/** A container that will be started, and cannot be for a known reason, waits for that reason. */
function applyWaiting(
  view: ContainerView,
  container: Container,
  kind: StatusKind,
  status: ContainerStatus,
): void {
  const present = latest(view.runtime, container.name)
  if (kind === 'init' && !isSidecar(container) && succeededOnce(present)) return
  if (!shouldRestart(view.pod, container, view.runtime)) return
  const waiting = view.waiting(container.name)
  if (waiting === undefined) return
  if (status.state?.terminated !== undefined) status.lastState = status.state
  status.state = {
    waiting: {
      reason: waiting.reason,
      ...(waiting.message === '' ? {} : { message: waiting.message }),
    },
  }
}

function succeededOnce(container: RuntimeContainer | undefined): boolean {
  return container?.state.is === 'exited' && container.state.exitCode === 0
}

/** `started` and `ready`. Upstream: pkg/kubelet/prober/prober_manager.go, UpdatePodStatus. */
function applyProbes(
  view: ContainerView,
  container: Container,
  kind: StatusKind,
  present: RuntimeContainer | undefined,
  status: ContainerStatus,
): void {
  if (kind === 'ephemeral') return
  const running = present !== undefined && status.state?.running !== undefined
  status.started = running && view.started(present)
  if (kind === 'init' && !isSidecar(container)) {
    status.ready = status.state?.terminated?.exitCode === 0
  } else {
    status.ready = status.started && running && view.ready(present)
  }
}
