/** What a pod worker can do, and what it knows when it decides. */
import type { Container, Pod } from '#api/core/v1.gen.ts'
import { containerHash } from '#kubelet/runtime/labels.ts'
import { resizeOf } from './resize.ts'
import type { PodRuntime, RuntimeContainer } from '#kubelet/runtime/pod-runtime.ts'

export type Action =
  /** Kills what runs and stops every sandbox. */
  | { readonly type: 'killPod'; readonly because: 'terminating' | 'sandboxChanged' | 'finished' }
  | { readonly type: 'createSandbox'; readonly attempt: number }
  | {
      readonly type: 'kill'
      readonly container: RuntimeContainer
      readonly because: KillReason
      readonly message: string
    }
  /** Removes remains of init containers that have run before. */
  | { readonly type: 'remove'; readonly containers: readonly RuntimeContainer[] }
  /** Gives a running container the limits of its spec. */
  | { readonly type: 'resize'; readonly container: RuntimeContainer }
  | { readonly type: 'start'; readonly container: string; readonly kind: ContainerKind }
  | {
      readonly type: 'backOff'
      readonly container: string
      readonly delayMs: number
      readonly remainingMs: number
    }

export type KillReason = 'startupProbe' | 'livenessProbe' | 'changed' | 'unknown'
export type ContainerKind = 'init' | 'sidecar' | 'main' | 'ephemeral'

export interface Situation {
  readonly pod: Pod
  readonly runtime: PodRuntime
  /** The pod must go: it is deleted, evicted, rejected, past its deadline, or finished. */
  readonly terminating: boolean
  /** What probes said of a container; undefined before they have decided. */
  verdict(containerId: string, probe: 'startup' | 'liveness'): 'success' | 'failure' | undefined
  /** How long a container of this pod that ended must rest before it is started again. */
  backoff(container: Container, finishedAtMs: number): Rest | undefined
}

export interface Rest {
  /** The whole delay, as messages show it. */
  readonly delayMs: number
  readonly remainingMs: number
}

/** Why a running container must be killed; undefined when it may live. */
export function reasonToKill(
  { verdict }: Pick<Situation, 'verdict'>,
  container: Container,
  present: RuntimeContainer,
): { because: KillReason; what: string } | undefined {
  if (present.hash !== undefined && present.hash !== containerHash(container)) {
    return { because: 'changed', what: 'definition changed' }
  }
  if (resizeOf(container, present) === 'restart') {
    return { because: 'changed', what: 'resize requires restart' }
  }
  if (container.livenessProbe !== undefined && verdict(present.id, 'liveness') === 'failure') {
    return { because: 'livenessProbe', what: 'failed liveness probe' }
  }
  if (container.startupProbe !== undefined && verdict(present.id, 'startup') === 'failure') {
    return { because: 'startupProbe', what: 'failed startup probe' }
  }
  return undefined
}

export function start(container: Container, kind: ContainerKind): Action {
  return { type: 'start', container: container.name, kind }
}

export function killUnknown(container: RuntimeContainer, what: string): Action {
  const message = `${what} is in "unknown" state, try killing it before restart`
  return { type: 'kill', container, because: 'unknown', message }
}

/** A container of the pod, of whatever kind, by its name. */
export function specOf(pod: Pod, name: string): Container | undefined {
  const all: readonly Container[] = [
    ...pod.spec.containers,
    ...(pod.spec.initContainers ?? []),
    ...(pod.spec.ephemeralContainers ?? []),
  ]
  return all.find((container) => container.name === name)
}
