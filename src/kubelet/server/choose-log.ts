/** Which container's log is meant: the running one, or the one before. Upstream: pkg/kubelet/kubelet_pods.go, validateContainerLogStatus. */
import { latest, type RuntimeContainer } from '#kubelet/runtime/pod-runtime.ts'
import { ServerError, type ServedPod } from './served-pods.ts'

export function chooseLog(
  { pod, runtime }: ServedPod,
  container: string,
  previous: boolean,
): RuntimeContainer {
  const { name } = pod.metadata
  const what = `container ${JSON.stringify(container)} in pod ${JSON.stringify(name)}`
  const newest = latest(runtime, container)
  if (previous) {
    const before = runtime.containers.filter(
      (each) => each.name === container && each.state.is === 'exited',
    )
    const ended = newest?.state.is === 'exited' ? before[1] : before[0]
    // A container that crashed and waits to run again: its last run is the previous one.
    const crashed = newest?.state.is === 'exited' && isWaiting(pod, container) ? newest : ended
    if (crashed === undefined) throw new ServerError(400, `previous terminated ${what} not found`)
    return crashed
  }
  if (newest !== undefined && newest.state.is !== 'created') return newest
  const status = [
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.ephemeralContainerStatuses ?? []),
  ].find((each) => each.name === container)
  if (status === undefined) throw new ServerError(400, `${what} is not available`)
  throw new ServerError(
    400,
    `${what} is waiting to start: ${waitingText(status.state?.waiting?.reason)}`,
  )
}

function isWaiting(pod: ServedPod['pod'], container: string): boolean {
  return (
    pod.status?.containerStatuses?.some(
      ({ name, state }) => name === container && state?.waiting !== undefined,
    ) === true
  )
}

function waitingText(reason = 'ContainerCreating'): string {
  if (reason === 'ErrImagePull') return "image can't be pulled"
  if (reason === 'ImagePullBackOff') return 'trying and failing to pull image'
  return reason
}
