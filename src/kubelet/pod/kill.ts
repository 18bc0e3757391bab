/**
 * Stops containers as their pod wants it: preStop hook, TERM, and after the grace period KILL.
 * Upstream: pkg/kubelet/kuberuntime/kuberuntime_container.go, killContainer, and
 * kuberuntime_termination_order.go, at v1.36.
 */
import type { Container, Pod } from '#api/core/v1.gen.ts'
import { isRestartableInitContainer } from '#api/meta/pods.ts'
import { isGrpc } from '#base/grpc-error.ts'
import { limits } from '#kubelet/limits.ts'
import { running } from '#kubelet/runtime/pod-runtime.ts'
import type { PodRuntime, RuntimeContainer } from '#kubelet/runtime/pod-runtime.ts'
import type { KillReason } from './action.ts'
import { specOf } from './action.ts'
import { runHook } from './hooks.ts'
import { eventObject } from './host.ts'
import type { KubeletHost } from './host.ts'

const graceSecondsDefault = 30

/** How long a container may take to end. */
export function graceSeconds(pod: Pod, container?: Container, because?: KillReason): number {
  const { deletionGracePeriodSeconds } = pod.metadata
  if (deletionGracePeriodSeconds !== undefined) return deletionGracePeriodSeconds
  const ofProbe =
    because === 'livenessProbe'
      ? container?.livenessProbe?.terminationGracePeriodSeconds
      : because === 'startupProbe'
        ? container?.startupProbe?.terminationGracePeriodSeconds
        : undefined
  return ofProbe ?? pod.spec.terminationGracePeriodSeconds ?? graceSecondsDefault
}

export interface KillRequest {
  readonly pod: Pod
  readonly present: RuntimeContainer
  readonly graceSeconds: number
  readonly message: string
  readonly podIp: string
  readonly signal: AbortSignal
  /** Resolves when it is the container's turn to be stopped. */
  readonly turn?: (() => Promise<void>) | undefined
  /** The event and the hook have been before. */
  readonly again?: boolean
}

export async function killContainer(host: KubeletHost, request: KillRequest): Promise<void> {
  const { pod, present, signal } = request
  const { clock } = host
  const fromMs = clock.monotonicMs()
  const container = specOf(pod, present.name)
  const leftSeconds = (): number => request.graceSeconds - (clock.monotonicMs() - fromMs) / 1000
  if (request.again !== true) {
    const subject = eventObject(pod, container ?? { name: present.name })
    host.recorder.event(subject, 'Normal', 'Killing', request.message)
    if (container !== undefined) await preStop(host, request, container)
  }
  if (request.turn !== undefined) await withinGrace(host, request, request.turn())
  signal.throwIfAborted()
  const seconds = Math.max(limits.minimumGraceSeconds, Math.floor(leftSeconds()))
  try {
    await host.cri.stopContainer(present.id, seconds, { signal })
  } catch (error) {
    if (!isGrpc(error, 'NotFound')) throw error
  }
}

async function preStop(
  host: KubeletHost,
  { pod, present, graceSeconds: grace, podIp, signal }: KillRequest,
  container: Container,
): Promise<void> {
  const hook = container.lifecycle?.preStop
  if (hook === undefined || grace <= 0) return
  const late = new AbortController()
  using _timer = host.clock.after(grace * 1000, () => late.abort())
  const either = AbortSignal.any([signal, late.signal])
  try {
    await runHook(hook, { pod, container, containerId: present.id, podIp }, host, either)
  } catch {
    signal.throwIfAborted()
    if (late.signal.aborted) return
    const subject = eventObject(pod, container)
    host.recorder.event(subject, 'Warning', 'FailedPreStopHook', 'PreStopHook failed')
  }
}

async function withinGrace(
  host: KubeletHost,
  { graceSeconds: grace, signal }: KillRequest,
  turn: Promise<void>,
): Promise<void> {
  await Promise.race([turn, host.clock.sleep(grace * 1000, signal)])
}

export interface KillPodRequest {
  readonly pod: Pod
  readonly runtime: PodRuntime
  readonly graceSeconds: number
  readonly podIp: string
  readonly signal: AbortSignal
  /** Containers whose end has begun already. */
  readonly begun: Set<string>
}

/** Kills all that runs, at once but sidecars last and in reverse order, and stops the sandboxes. */
export async function killPod(host: KubeletHost, request: KillPodRequest): Promise<void> {
  const { pod, runtime, signal } = request
  const ends = new Map<string, Promise<void>>()
  const sidecars = (pod.spec.initContainers ?? [])
    .filter(isRestartableInitContainer)
    .map(({ name }) => name)
  /** Those that must have ended before a sidecar: all that are no sidecar, and the later sidecars. */
  const before = (name: string): Promise<void>[] => {
    const later = sidecars.slice(sidecars.indexOf(name) + 1)
    return [...ends]
      .filter(([other]) => !sidecars.includes(other) || later.includes(other))
      .map(([, end]) => end)
  }
  const { promise: all, resolve: allKnown } = Promise.withResolvers<void>()
  for (const present of running(runtime)) {
    const again = request.begun.has(present.id)
    request.begun.add(present.id)
    const turn = sidecars.includes(present.name)
      ? async (): Promise<void> => {
          await all
          await Promise.allSettled(before(present.name))
        }
      : undefined
    const message = `Stopping container ${present.name}`
    ends.set(present.name, killContainer(host, { ...request, present, message, turn, again }))
  }
  allKnown()
  const outcomes = await Promise.allSettled(ends.values())
  const failed = outcomes.find((outcome) => outcome.status === 'rejected')
  signal.throwIfAborted()
  if (failed !== undefined) throw failed.reason
  await Promise.all(
    runtime.sandboxes
      .filter(({ ready }) => ready)
      .map(({ id }) => host.cri.stopPodSandbox(id, { signal })),
  )
}
