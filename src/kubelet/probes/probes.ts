/**
 * The probes of all containers: one loop for each probe of each running container.
 * Upstream: pkg/kubelet/prober/{prober_manager,worker}.go at v1.36.
 */
import type { Container, Pod, Probe } from '#api/core/v1.gen.ts'
import { isRestartableInitContainer } from '#api/meta/pods.ts'
import type { Clock } from '#base/clock.ts'
import type { CriClient } from '#cri/client.ts'
import { latest } from '#kubelet/runtime/pod-runtime.ts'
import type { PodRuntime, RuntimeContainer } from '#kubelet/runtime/pod-runtime.ts'
import { check } from './check.ts'
import type { Check } from './check.ts'
import { begin, judge } from './judgement.ts'
import type { Judgement, ProbeKind, Verdict } from './judgement.ts'

export interface ProbesOptions {
  readonly cri: CriClient
  readonly clock: Clock
  /** A verdict of one of the pod's containers has changed. */
  readonly changed: (podUid: string) => void
  readonly event: (
    pod: Pod,
    container: Container,
    type: 'Warning',
    reason: string,
    message: string,
  ) => void
}

const kinds: readonly { kind: ProbeKind; of: (container: Container) => Probe | undefined }[] = [
  { kind: 'startup', of: (container) => container.startupProbe },
  { kind: 'readiness', of: (container) => container.readinessProbe },
  { kind: 'liveness', of: (container) => container.livenessProbe },
]

const titles: Readonly<Record<ProbeKind, string>> = {
  startup: 'Startup',
  readiness: 'Readiness',
  liveness: 'Liveness',
}

/** Upstream's maxProbeRetries: a probe that could not be made is made again at once. */
const triesMax = 3

interface Loop {
  readonly podUid: string
  readonly stop: AbortController
  judgement: Judgement
  pod: Pod
  /** Ends the wait for the next try. */
  wake: () => void
}

export class Probes implements Disposable {
  readonly #options: ProbesOptions
  /** By container ID and kind. */
  readonly #loops = new Map<string, Loop>()

  constructor(options: ProbesOptions) {
    this.#options = options
  }

  /** Begins the probes of containers that run, ends those of others. */
  sync(
    pod: Pod,
    runtime: PodRuntime,
    { podIp, terminating }: { podIp: string; terminating: boolean },
  ): void {
    const wanted = new Set<string>()
    for (const container of probed(pod)) {
      const present = latest(runtime, container.name)
      if (present?.state.is !== 'running') continue
      for (const { kind, of } of kinds) {
        const probe = of(container)
        if (probe === undefined || (terminating && kind !== 'readiness')) continue
        const key = `${present.id}/${kind}`
        wanted.add(key)
        const loop = this.#loops.get(key)
        if (loop === undefined) this.#begin(key, kind, probe, { pod, container, present, podIp })
        else loop.pod = pod
      }
    }
    for (const [key, loop] of this.#loops) {
      if (loop.podUid === pod.metadata.uid && !wanted.has(key)) this.#end(key, loop)
    }
  }

  /** Ends all probes of a pod. */
  forget(podUid: string): void {
    for (const [key, loop] of this.#loops) if (loop.podUid === podUid) this.#end(key, loop)
  }

  [Symbol.dispose](): void {
    for (const [key, loop] of this.#loops) this.#end(key, loop)
  }

  /** What a probe says; undefined before it has decided, or when there is none. */
  verdict(containerId: string, kind: ProbeKind): Verdict | undefined {
    return this.#loops.get(`${containerId}/${kind}`)?.judgement.verdict
  }

  /** Whether the container has started, as far as its startup probe goes. */
  started(container: RuntimeContainer): boolean {
    const loop = this.#loops.get(`${container.id}/startup`)
    return loop === undefined || loop.judgement.verdict === 'success'
  }

  /** Whether the container is ready, as far as its readiness probe goes. */
  ready(container: RuntimeContainer): boolean {
    const loop = this.#loops.get(`${container.id}/readiness`)
    return loop === undefined || loop.judgement.verdict === 'success'
  }

  #begin(key: string, kind: ProbeKind, probe: Probe, subject: Subject): void {
    const loop: Loop = {
      podUid: subject.pod.metadata.uid,
      stop: new AbortController(),
      judgement: begin(kind, reported(subject)),
      pod: subject.pod,
      wake() {},
    }
    this.#loops.set(key, loop)
    this.#run(loop, kind, probe, subject).catch((error: unknown) => {
      if (!loop.stop.signal.aborted) throw error
    })
  }

  #end(key: string, loop: Loop): void {
    this.#loops.delete(key)
    loop.stop.abort()
  }

  async #run(loop: Loop, kind: ProbeKind, probe: Probe, subject: Subject): Promise<void> {
    const { clock, changed } = this.#options
    const { signal } = loop.stop
    const { state } = subject.present
    const startedAtMs = state.is === 'running' ? state.startedAtMs : clock.nowMs()
    const periodMs = (probe.periodSeconds ?? 10) * 1000
    const firstAtMs = startedAtMs + (probe.initialDelaySeconds ?? 0) * 1000
    await clock.sleep(Math.max(0, firstAtMs - clock.nowMs()), signal)
    while (!signal.aborted) {
      const dueMs = clock.monotonicMs() + periodMs
      if (kind === 'startup' || this.started(subject.present)) {
        const outcome = await this.#check(loop, kind, probe, subject)
        if (signal.aborted) return
        const before = loop.judgement.verdict
        loop.judgement = judge(
          loop.judgement,
          outcome.result === 'failure' ? 'failure' : 'success',
          probe,
        )
        if (loop.judgement.verdict !== before) changed(loop.podUid)
        if (kind === 'startup' && loop.judgement.verdict === 'success') {
          this.#wakeOthers(subject.present.id)
        }
        // The container is started for good, or it is to be killed: there is no more to ask.
        if (kind === 'startup' && loop.judgement.verdict !== undefined) return
        if (kind === 'liveness' && loop.judgement.verdict === 'failure') return
      }
      await this.#nap(loop, Math.max(0, dueMs - clock.monotonicMs()))
    }
  }

  async #nap(loop: Loop, ms: number): Promise<void> {
    const nap = new AbortController()
    loop.wake = () => nap.abort()
    await this.#options.clock.sleep(ms, AbortSignal.any([loop.stop.signal, nap.signal]))
  }

  /** The container has started: its other probes need not wait for their turn. */
  #wakeOthers(containerId: string): void {
    for (const { kind } of kinds) this.#loops.get(`${containerId}/${kind}`)?.wake()
  }

  async #check(loop: Loop, kind: ProbeKind, probe: Probe, subject: Subject): Promise<Check> {
    const { cri, event } = this.#options
    const { container, present, podIp } = subject
    const target = { container, containerId: present.id, podIp }
    const { signal } = loop.stop
    const tell = (reason: string, message: string): void => {
      if (!signal.aborted) event(loop.pod, container, 'Warning', reason, message)
    }
    for (let tries = 1; ; tries++) {
      try {
        const outcome = await check(probe, target, cri, signal)
        if (outcome.result === 'failure') {
          tell('Unhealthy', `${titles[kind]} probe failed: ${outcome.output}`)
        } else if (outcome.result === 'warning') {
          tell('ProbeWarning', `${titles[kind]} probe warning: ${outcome.output}`)
        }
        return outcome
      } catch (error) {
        signal.throwIfAborted()
        if (tries < triesMax) continue
        const reason = error instanceof Error ? error.message : String(error)
        tell('Unhealthy', `${titles[kind]} probe errored and resulted in unknown state: ${reason}`)
        return { result: 'failure', output: reason }
      }
    }
  }
}

interface Subject {
  readonly pod: Pod
  readonly container: Container
  readonly present: RuntimeContainer
  readonly podIp: string
}

/** What a kubelet before this one found, so that a restart of the kubelet makes no pod unready. */
function reported({ pod, present }: Subject): { started: boolean; ready: boolean } {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {}
  const status = [...containerStatuses, ...initContainerStatuses].find(
    ({ containerID }) => containerID?.endsWith(`://${present.id}`) === true,
  )
  return { started: status?.started === true, ready: status?.ready === true }
}

function probed(pod: Pod): readonly Container[] {
  const sidecars = (pod.spec.initContainers ?? []).filter(isRestartableInitContainer)
  return [...sidecars, ...pod.spec.containers]
}
