/**
 * What a pod worker does next, decided from the pod and what the runtime has of it. Pure: probes and
 * backoff are answers that the caller brings.
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_manager.go, computePodActions, at v1.36.
 */
import type { Pod } from '#api/core/v1.gen.ts'
import { latest } from '#kubelet/runtime/pod-runtime.ts'
import type { PodRuntime } from '#kubelet/runtime/pod-runtime.ts'
import { killUnknown, reasonToKill, specOf, start } from './action.ts'
import type { Action, Situation } from './action.ts'
import { initContainerActions } from './init-containers.ts'
import { resizeOf } from './resize.ts'
import { restartsAfter, restartsOnFailure, shouldRestart, succeeded } from './restart-policy.ts'

/** The actions of one step, in order. None: the pod is as it should be, until something changes. */
export function nextStep(situation: Situation): readonly Action[] {
  const { pod, runtime } = situation
  if (situation.terminating)
    return isAlive(runtime) ? [{ type: 'killPod', because: 'terminating' }] : []
  const change = sandboxChange(pod, runtime)
  if (change !== undefined) return restartWhole(situation, change.attempt)
  const init = initContainerActions(situation)
  if (init.failed) return isAlive(runtime) ? [{ type: 'killPod', because: 'finished' }] : []
  const actions = [...ephemeralActions(pod, runtime), ...init.actions]
  if (!init.initialized) return restful(situation, actions)
  const { actions: main, kept } = mainActions(situation)
  if (kept === 0 && main.length === 0) {
    return isAlive(runtime) ? [{ type: 'killPod', because: 'finished' }] : []
  }
  return restful(situation, [...actions, ...main])
}

export function isAlive(runtime: PodRuntime): boolean {
  return (
    runtime.sandboxes.some((sandbox) => sandbox.ready) ||
    runtime.containers.some(({ state }) => state.is === 'running')
  )
}

/** Whether the pod needs a new sandbox, and the number of that attempt. */
function sandboxChange(pod: Pod, runtime: PodRuntime): { attempt: number } | undefined {
  const [newest, ...others] = runtime.sandboxes
  if (newest === undefined) return { attempt: 0 }
  const again = { attempt: newest.attempt + 1 }
  if (!newest.ready || others.some((sandbox) => sandbox.ready)) return again
  const hostNetwork = pod.spec.hostNetwork === true
  if (newest.hostNetwork !== hostNetwork) return again
  return !hostNetwork && newest.ips.length === 0 ? again : undefined
}

/** A pod begins, or begins again, with a new sandbox. */
function restartWhole(situation: Situation, attempt: number): readonly Action[] {
  const { pod, runtime } = situation
  const stop: readonly Action[] = isAlive(runtime)
    ? [{ type: 'killPod', because: 'sandboxChanged' }]
    : []
  if (!restartsOnFailure(pod) && attempt !== 0 && runtime.containers.length > 0) return stop
  const wanted = pod.spec.containers.filter(
    ({ name }) => pod.spec.restartPolicy !== 'OnFailure' || !succeeded(latest(runtime, name)),
  )
  const begun = pod.spec.containers.some(({ name }) => latest(runtime, name) !== undefined)
  if (wanted.length === 0 && begun) return stop
  const init = pod.spec.initContainers ?? []
  const remains = runtime.containers.filter(({ name }) => init.some((each) => each.name === name))
  const [first] = init
  const starts =
    first === undefined
      ? wanted.map((container) => start(container, 'main'))
      : [start(first, first.restartPolicy === 'Always' ? 'sidecar' : 'init')]
  return restful(situation, [
    ...stop,
    ...(remains.length > 0 ? [{ type: 'remove', containers: remains } as const] : []),
    { type: 'createSandbox', attempt },
    ...starts,
  ])
}

function ephemeralActions(pod: Pod, runtime: PodRuntime): readonly Action[] {
  return (pod.spec.ephemeralContainers ?? [])
    .filter(({ name }) => latest(runtime, name) === undefined)
    .map((container) => start(container, 'ephemeral'))
}

function mainActions(situation: Situation): { actions: readonly Action[]; kept: number } {
  const { pod, runtime } = situation
  const actions: Action[] = []
  let kept = 0
  for (const container of pod.spec.containers) {
    const present = latest(runtime, container.name)
    if (present?.state.is !== 'running') {
      if (!shouldRestart(pod, container, runtime)) continue
      if (present?.state.is === 'unknown') actions.push(killUnknown(present, 'Container'))
      actions.push(start(container, 'main'))
      continue
    }
    const kill = reasonToKill(situation, container, present)
    if (kill === undefined) {
      kept += 1
      if (resizeOf(container, present) === 'inPlace') {
        actions.push({ type: 'resize', container: present })
      }
      continue
    }
    const restarts = kill.because === 'changed' || restartsAfter(pod, container, 137)
    const message = `Container ${container.name} ${kill.what}${restarts ? ', will be restarted' : ''}`
    actions.push({ type: 'kill', container: present, because: kill.because, message })
    if (kill.because === 'changed') actions.push(start(container, 'main'))
  }
  return { actions, kept }
}

/** Replaces the start of a container that crashed by its rest, while that lasts. */
function restful(situation: Situation, actions: readonly Action[]): readonly Action[] {
  const { pod, runtime } = situation
  return actions.map((action) => {
    if (action.type !== 'start' || action.kind === 'ephemeral') return action
    const exited = runtime.containers.find(
      ({ name, state }) => name === action.container && state.is === 'exited',
    )
    const container = specOf(pod, action.container)
    if (exited?.state.is !== 'exited' || container === undefined) return action
    const rest = situation.backoff(container, exited.state.finishedAtMs)
    return rest === undefined ? action : { type: 'backOff', container: action.container, ...rest }
  })
}
