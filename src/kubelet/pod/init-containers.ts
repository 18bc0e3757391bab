/**
 * What init containers need: the next one to run, sidecars to keep running.
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go, computeInitContainerActions, at v1.36.
 */
import type { Container } from '#api/core/v1.gen.ts'
import { isRestartableInitContainer as isSidecar } from '#api/meta/pods.ts'
import { latest } from '#kubelet/runtime/pod-runtime.ts'
import type { RuntimeContainer } from '#kubelet/runtime/pod-runtime.ts'
import { killUnknown, reasonToKill, start } from './action.ts'
import type { Action, Situation } from './action.ts'
import { resizeOf } from './resize.ts'
import { restartsAfter, restartsOnFailure } from './restart-policy.ts'

export interface InitOutcome {
  /** In the order of the pod's init containers. */
  readonly actions: readonly Action[]
  /** Whether the pod's own containers may run. */
  readonly initialized: boolean
  /** One failed and will not be tried again: the pod is at its end. */
  readonly failed: boolean
}

/**
 * Walks backwards: the runtime may have forgotten init containers that are done, so the last one
 * that it knows tells how far the pod has come.
 */
export function initContainerActions(situation: Situation): InitOutcome {
  const { pod, runtime } = situation
  const containers = pod.spec.initContainers ?? []
  if (containers.length === 0) return { actions: [], initialized: true, failed: false }
  let initialized = pod.spec.containers.some(({ name }) => {
    const is = latest(runtime, name)?.state.is
    return is === 'running' || is === 'created'
  })
  let laterSeen = initialized
  const groups: (readonly Action[])[] = []
  for (const [index, container] of [...containers.entries()].toReversed()) {
    const present = latest(runtime, container.name)
    if (present === undefined) {
      if (laterSeen && isSidecar(container)) groups.push([startOf(container)])
      continue
    }
    if (laterSeen && !isSidecar(container)) continue
    const outcome = isSidecar(container)
      ? sidecar(situation, container, present)
      : ordinary(situation, container, present)
    if (outcome === 'failed') return { actions: [], initialized: false, failed: true }
    if (outcome.ready) {
      const next = containers[index + 1]
      if (next === undefined) initialized = true
      else if (!laterSeen) groups.push([startOf(next)])
    }
    groups.push(outcome.actions)
    laterSeen = true
  }
  const [first] = containers
  if (!laterSeen && first !== undefined) groups.push([startOf(first)])
  return { actions: groups.toReversed().flat(), initialized, failed: false }
}

interface Outcome {
  /** The one after it may start. */
  readonly ready: boolean
  readonly actions: readonly Action[]
}

const startOf = (container: Container): Action =>
  start(container, isSidecar(container) ? 'sidecar' : 'init')

function sidecar(situation: Situation, container: Container, present: RuntimeContainer): Outcome {
  switch (present.state.is) {
    case 'created':
    case 'exited':
      return { ready: false, actions: [startOf(container)] }
    case 'unknown':
      return {
        ready: false,
        actions: [killUnknown(present, 'Init container'), startOf(container)],
      }
    case 'running': {
      const started =
        container.startupProbe === undefined ||
        situation.verdict(present.id, 'startup') === 'success'
      const kill = reasonToKill(situation, container, present)
      if (kill === undefined) {
        const resizes = resizeOf(container, present) === 'inPlace'
        return { ready: started, actions: resizes ? [{ type: 'resize', container: present }] : [] }
      }
      const message = `Init container ${container.name} ${kill.what}`
      const killing: Action = { type: 'kill', container: present, because: kill.because, message }
      // What ended by a probe is started again by the next step, after its rest.
      const again = kill.because === 'changed' ? [startOf(container)] : []
      return { ready: started, actions: [killing, ...again] }
    }
  }
}

function ordinary(
  situation: Situation,
  container: Container,
  present: RuntimeContainer,
): Outcome | 'failed' {
  const { pod } = situation
  switch (present.state.is) {
    case 'running':
      return { ready: false, actions: [] }
    case 'created':
      // Starting it must have failed: a container is created and started in one go.
      return { ready: false, actions: [startOf(container)] }
    case 'exited':
      if (present.state.exitCode === 0) return { ready: true, actions: [] }
      if (!restartsAfter(pod, container, present.state.exitCode)) return 'failed'
      return { ready: false, actions: [startOf(container)] }
    case 'unknown': {
      const policy = container.restartPolicy
      const restarts = policy === undefined ? restartsOnFailure(pod) : policy !== 'Never'
      if (!restarts) return 'failed'
      return {
        ready: false,
        actions: [killUnknown(present, 'Init container'), startOf(container)],
      }
    }
  }
}
