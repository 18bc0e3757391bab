/**
 * One pod on this node, from its first sync to the last of its remains: looks at the runtime, decides
 * (`next-step.ts`), acts, and says how the pod is. Steps run one after another; looking never waits
 * for a step. Upstream: pkg/kubelet/pod_workers.go at v1.36.
 */
import { isDeepStrictEqual } from 'node:util'
import type { Container, Pod, PodStatus } from '#api/core/v1.gen.ts'
import { isPodTerminal } from '#api/meta/pods.ts'
import { containerHash } from '#kubelet/runtime/labels.ts'
import { limits } from '#kubelet/limits.ts'
import { emptyRuntime, running } from '#kubelet/runtime/pod-runtime.ts'
import type { PodRuntime } from '#kubelet/runtime/pod-runtime.ts'
import { kubeletConditions } from '#kubelet/status/conditions.ts'
import { podStatus } from '#kubelet/status/pod-status.ts'
import type { PodVerdict } from '#kubelet/status/pod-status.ts'
import { configReferences } from '#kubelet/volumes/content.ts'
import { PodVolumes } from '#kubelet/volumes/pod-volumes.ts'
import type { Action } from './action.ts'
import { Bell } from '#kubelet/bell.ts'
import { eventObject } from './host.ts'
import type { KubeletHost } from './host.ts'
import { graceSeconds } from './kill.ts'
import { isAlive, nextStep } from './next-step.ts'
import { perform } from './perform.ts'
import { purgePod, releasePod } from './reclaim.ts'
import { allocationOf, reportedAllocation, resizeConditions, withAllocation } from './resize.ts'
import type { Allocation, ResizeProblem } from './resize.ts'
import { WaitingReasons } from './waiting-reasons.ts'

export interface WorkerListener {
  readonly status: (worker: PodWorker, status: PodStatus) => void
  /** Nothing of the pod runs any more, and its volumes and cgroup are gone. */
  readonly ended: (worker: PodWorker) => void
  /** Why the pod cannot be given what it asks for now; undefined when it can. */
  readonly resizeProblem: (pod: Pod) => ResizeProblem | undefined
}

export class PodWorker {
  readonly uid: string
  readonly volumes: PodVolumes
  readonly waiting: WaitingReasons
  /** Containers whose end has begun. */
  readonly killing = new Set<string>()
  readonly #host: KubeletHost
  readonly #listener: WorkerListener
  readonly #bell: Bell
  readonly #expected = new Map<string, number>()
  /** With the resources that it has been given. */
  #pod: Pod
  /** As its source has it. */
  #wanted: Pod
  #allocation: Allocation
  #resizePending: ResizeProblem | undefined
  #resizeError: string | undefined
  #runtime: PodRuntime
  #status: PodStatus
  #verdict: PodVerdict | undefined
  #removed = false
  #ended = false
  #step = new AbortController()
  #observing: Promise<void> | undefined
  #unseen = true
  #seen = false
  #mountFailures = 0
  #mountAtMs = 0
  #networkToldMs = -Infinity

  constructor(host: KubeletHost, pod: Pod, listener: WorkerListener) {
    this.uid = pod.metadata.uid
    this.#host = host
    this.#listener = listener
    this.#wanted = pod
    this.#allocation = reportedAllocation(pod)
    this.#pod = withAllocation(pod, this.#allocation)
    this.#status = pod.status ?? {}
    this.#runtime = emptyRuntime(identity(pod))
    this.#bell = new Bell(host.clock)
    this.volumes = new PodVolumes(host)
    this.waiting = new WaitingReasons(host.clock)
    this.#allocate()
    this.#holdConfig()
  }

  get pod(): Pod {
    return this.#pod
  }

  get runtime(): PodRuntime {
    return this.#runtime
  }

  get status(): PodStatus {
    return this.#status
  }

  get ended(): boolean {
    return this.#ended
  }

  get removed(): boolean {
    return this.#removed
  }

  /** It asks for more than the node has now. */
  get resizePending(): boolean {
    return this.#resizePending !== undefined
  }

  /** Gives the pod what it asks for, if the node has it. */
  #allocate(): void {
    const wanted = allocationOf(this.#wanted)
    const changed = !isDeepStrictEqual(wanted, this.#allocation)
    this.#resizePending = changed ? this.#listener.resizeProblem(this.#wanted) : undefined
    if (this.#resizePending === undefined) this.#allocation = wanted
    this.#pod = withAllocation(this.#wanted, this.#allocation)
  }

  /** A container was told its new limits, or could not be. */
  resized(containerId: string, error: string | undefined): void {
    this.#resizeError = error
    const restMs = error === undefined ? limits.resizeRestMs : limits.syncRetryMs
    this.waiting.set(this.#resizeKey(containerId), undefined, restMs)
  }

  /** The same limits are told again only after a while, whatever the runtime shows. */
  #resizeKey(containerId: string): string {
    const { name = '' } = this.#runtime.containers.find(({ id }) => id === containerId) ?? {}
    return `resize ${containerId} ${JSON.stringify(this.#allocation.get(name))}`
  }

  /** The pod must not, or no longer, run: it is deleted, finished, or the kubelet has ended it. */
  get terminating(): boolean {
    const { deletionTimestamp } = this.#pod.metadata
    return (
      this.#removed ||
      this.#verdict !== undefined ||
      deletionTimestamp !== undefined ||
      isPodTerminal({ ...this.#pod, status: this.#status })
    )
  }

  podIps(): readonly string[] {
    return this.#pod.spec.hostNetwork === true
      ? this.#host.node.ips()
      : (this.#runtime.sandboxes[0]?.ips ?? [])
  }

  /** The pod as its source has it now. */
  update(pod: Pod): void {
    const before = this.#wanted
    this.#wanted = pod
    this.#allocate()
    this.#status = withForeignConditions(this.#status, pod.status ?? {})
    if (!isDeepStrictEqual(before.spec, pod.spec)) this.#holdConfig()
    const { labels, annotations } = before.metadata
    const same =
      isDeepStrictEqual(labels, pod.metadata.labels) &&
      isDeepStrictEqual(annotations, pod.metadata.annotations)
    if (!same) this.volumes.touch()
    const graceBefore = before.metadata.deletionGracePeriodSeconds
    if (graceBefore !== pod.metadata.deletionGracePeriodSeconds) this.#step.abort()
    this.#tell()
    this.#bell.ring()
  }

  /** The pod is gone from its source: end it, and leave nothing of it. */
  remove(): void {
    if (this.#removed) return
    this.#removed = true
    if (!this.#ended) this.#step.abort()
    this.#bell.ring()
  }

  /** Ends the pod for a reason of the node's. */
  end(verdict: PodVerdict): void {
    if (this.terminating) return
    this.#verdict = verdict
    this.#step.abort()
    this.#tell()
    this.#bell.ring()
  }

  /** Something of the pod has changed in the runtime; `id` is known to have stopped. */
  async runtimeChanged(id?: string): Promise<void> {
    const { clock } = this.#host
    if (id !== undefined) this.#expected.set(id, clock.monotonicMs() + limits.exitSettleMs)
    await this.observe()
    for (let waitMs = 5; this.#expects(); waitMs *= 2) {
      await clock.sleep(waitMs, AbortSignal.timeout(limits.exitSettleMs))
      await this.observe()
    }
  }

  /** A probe has changed its mind, or the node's network has. */
  look(): void {
    this.#allocate()
    this.#tell()
    this.#bell.ring()
  }

  /** Looks at the runtime; whoever calls during a look gets one that began afterwards. */
  observe(): Promise<void> {
    this.#unseen = true
    this.#observing ??= this.#observe().finally(() => (this.#observing = undefined))
    return this.#observing
  }

  /** Lives until the pod has ended and is removed, or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { log } = this.#host
    while (!signal.aborted && !(this.#ended && this.#removed)) {
      let waitMs: number | undefined = limits.syncRetryMs
      try {
        waitMs = await this.#turn(signal)
      } catch (error) {
        if (signal.aborted) return
        this.#unseen = true
        // A step that was cut short by news is decided anew, at once.
        if (this.#step.signal.aborted) waitMs = 0
        else log.warning('pod sync failed', { pod: this.#pod.metadata.name, err: String(error) })
      }
      if (waitMs === undefined || waitMs > 0) await this.#bell.wait(waitMs, signal)
    }
    if (signal.aborted) return
    await this.observe()
    await purgePod(this.#host, this.#pod, this.#runtime, signal)
  }

  /** One decision and what it asks for; resolves with how long to wait for news. */
  async #turn(signal: AbortSignal): Promise<number | undefined> {
    this.#step = new AbortController()
    const stepSignal = AbortSignal.any([signal, this.#step.signal])
    // One instant for the whole turn: what rests now is what is waited for below.
    const turnMs = this.#host.clock.monotonicMs()
    if (this.#unseen) await this.observe()
    this.#checkDeadline()
    if (this.#ended) return undefined
    const mounted = this.terminating || (await this.#mount(turnMs, stepSignal))
    const actions = this.#decide(mounted, turnMs)
    if (actions.length === 0) {
      if (this.terminating && !isAlive(this.#runtime)) return this.#finish(signal)
      return this.#waitMs(turnMs)
    }
    const acted = await perform(this.#host, this, actions, stepSignal)
    if (acted) await this.observe()
    else this.#tell()
    // A runtime that says it stopped what it still shows as running needs a moment.
    const stubborn = actions[0]?.type === 'killPod' && isAlive(this.#runtime)
    if (acted) return stubborn ? limits.stubbornRetryMs : 0
    return this.#waitMs(turnMs)
  }

  #decide(mounted: boolean, nowMs: number): readonly Action[] {
    const { probes, crashes } = this.#host
    const actions = nextStep({
      pod: this.#pod,
      runtime: this.#runtime,
      terminating: this.terminating,
      verdict: (containerId, probe) => probes.verdict(containerId, probe),
      backoff: (container, finishedAtMs) => crashes.rest(this.crashKey(container), finishedAtMs),
    })
    const networkProblem =
      this.#pod.spec.hostNetwork === true ? undefined : this.#host.node.networkProblem()
    const ready: Action[] = []
    for (const action of actions) {
      const begins = action.type === 'start' || action.type === 'createSandbox'
      if (begins && !mounted) continue
      if (action.type === 'createSandbox' && networkProblem !== undefined) {
        this.#tellNetwork(networkProblem, nowMs)
        break
      }
      if (action.type === 'createSandbox' && this.waiting.restsUntil('', nowMs)) break
      const waits = action.type === 'start' || action.type === 'backOff'
      if (action.type === 'resize') {
        if (this.waiting.restsUntil(this.#resizeKey(action.container.id), nowMs)) continue
      }
      if (waits && this.waiting.restsUntil(action.container, nowMs)) continue
      ready.push(action)
    }
    return ready
  }

  #tellNetwork(problem: string, nowMs: number): void {
    if (nowMs < this.#networkToldMs + limits.syncRetryMs) return
    this.#networkToldMs = nowMs
    this.#event('Warning', 'NetworkNotReady', `network is not ready: ${problem}`)
  }

  /** Under which the crashes of a container are counted. */
  crashKey(container: Container): string {
    return `${this.uid}_${container.name}_${containerHash(container)}`
  }

  async #mount(nowMs: number, signal: AbortSignal): Promise<boolean> {
    const { clock, node } = this.#host
    if (this.volumes.isComplete(this.#pod) && !this.volumes.isDue(clock.nowMs())) return true
    if (nowMs < this.#mountAtMs) return this.volumes.isComplete(this.#pod)
    const failures = await this.volumes.ensure(
      {
        pod: this.#pod,
        hostIps: node.ips(),
        podIps: this.podIps(),
        allocatable: node.allocatable(),
        sources: this.#sources(signal),
      },
      clock.nowMs(),
    )
    signal.throwIfAborted()
    for (const { message } of failures) this.#event('Warning', 'FailedMount', message)
    this.#mountFailures = failures.length === 0 ? 0 : this.#mountFailures + 1
    const doubled = limits.mountBackoffInitialMs * 2 ** (this.#mountFailures - 1)
    this.#mountAtMs =
      failures.length === 0 ? 0 : clock.monotonicMs() + Math.min(doubled, limits.mountBackoffMaxMs)
    return this.volumes.isComplete(this.#pod)
  }

  #sources(signal: AbortSignal) {
    const { configMaps, secrets, tokens } = this.#host
    return {
      configMap: (namespace: string, name: string) => configMaps.get(namespace, name, signal),
      secret: (namespace: string, name: string) => secrets.get(namespace, name, signal),
      token: (pod: Pod, request: Parameters<typeof tokens.token>[1]) =>
        tokens.token(pod, request, signal),
    }
  }

  /** Where this pod's containers get ConfigMaps and Secrets from. */
  configSource(signal: AbortSignal) {
    return this.#sources(signal)
  }

  /** How long until something is due by itself; undefined when only news can change anything. */
  #waitMs(turnMs: number): number | undefined {
    const { clock } = this.#host
    const due: number[] = []
    const mountAtMs = this.#mountAtMs > turnMs ? this.#mountAtMs : undefined
    for (const atMs of [mountAtMs, this.waiting.nextDueMs(turnMs)]) {
      if (atMs !== undefined) due.push(atMs - clock.monotonicMs())
    }
    const deadlineMs = this.terminating ? undefined : this.#deadlineMs()
    const nowMs = clock.nowMs()
    for (const atMs of [this.volumes.refreshAtMs(), deadlineMs]) {
      // What is due already has had its try in this turn.
      if (atMs !== undefined && atMs > nowMs) due.push(atMs - nowMs)
    }
    // Timers do not reach further than some weeks; a look now and then costs nothing.
    const waitMsMax = 3_600_000
    return due.length === 0 ? undefined : Math.min(waitMsMax, Math.max(1, Math.min(...due)))
  }

  #deadlineMs(): number | undefined {
    const { activeDeadlineSeconds } = this.#pod.spec
    const { startTime } = this.#status
    if (activeDeadlineSeconds === undefined || startTime === undefined) return undefined
    return Date.parse(startTime) + activeDeadlineSeconds * 1000
  }

  #checkDeadline(): void {
    const deadlineMs = this.#deadlineMs()
    if (deadlineMs === undefined || this.terminating) return
    if (this.#host.clock.nowMs() < deadlineMs) return
    const message = 'Pod was active on the node longer than the specified deadline'
    this.#event('Normal', 'DeadlineExceeded', message)
    this.#verdict = { phase: 'Failed', reason: 'DeadlineExceeded', message }
  }

  /** How long the pod's containers may take to end. */
  graceSeconds(): number {
    return this.#verdict?.graceSeconds ?? graceSeconds(this.#pod)
  }

  /** All is quiet: gives back what the pod held. */
  async #finish(signal: AbortSignal): Promise<undefined> {
    this.#ended = true
    this.#tell()
    await releasePod(this.#host, this.#pod, this.volumes)
    signal.throwIfAborted()
    this.#listener.ended(this)
    return undefined
  }

  async #observe(): Promise<void> {
    const { observer, log, signal } = this.#host
    while (this.#unseen) {
      this.#unseen = false
      try {
        this.#runtime = await observer.pod(identity(this.#pod), signal)
        this.#seen = true
      } catch (error) {
        this.#unseen = true
        log.warning('the runtime does not answer', {
          pod: this.#pod.metadata.name,
          err: String(error),
        })
        throw error
      }
    }
    this.#tell()
    this.#bell.ring()
  }

  #expects(): boolean {
    const nowMs = this.#host.clock.monotonicMs()
    for (const [id, untilMs] of this.#expected) {
      const alive =
        this.#runtime.containers.some((each) => each.id === id && each.state.is === 'running') ||
        this.#runtime.sandboxes.some((each) => each.id === id && each.ready)
      if (!alive || nowMs > untilMs) this.#expected.delete(id)
    }
    return this.#expected.size > 0
  }

  /** Makes the status anew and tells it when it is another. */
  #tell(): void {
    if (!this.#seen) return
    const { probes, observer, node, clock } = this.#host
    if (!this.#ended) {
      const podIp = this.podIps()[0] ?? ''
      probes.sync(this.#pod, this.#runtime, { podIp, terminating: this.terminating })
    }
    const status = podStatus({
      pod: this.#pod,
      runtime: this.#runtime,
      runtimeName: observer.runtimeName,
      waiting: (name) => this.waiting.get(name),
      started: (container) => probes.started(container),
      ready: (container) => probes.ready(container),
      prior: this.#status,
      nodeIps: node.ips(),
      nowMs: clock.nowMs(),
      ended: this.#ended,
      verdict: this.#verdict,
      passing: resizeConditions(this.#pod, running(this.#runtime), {
        pending: this.#resizePending,
        error: this.#resizeError,
      }),
    })
    if (isDeepStrictEqual(status, this.#status)) return
    this.#status = status
    this.#listener.status(this, status)
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#host.recorder.event(eventObject(this.#pod), type, reason, message)
  }

  #holdConfig(): void {
    const { configMaps, secrets } = this.#host
    const namespace = this.#pod.metadata.namespace ?? ''
    const references = configReferences(this.#pod)
    const changed = (): void => {
      this.volumes.touch()
      this.waiting.retryNow()
      this.#mountAtMs = 0
      this.#bell.ring()
    }
    for (const name of references.configMaps) configMaps.hold(namespace, name, this.uid, changed)
    for (const name of references.secrets) secrets.hold(namespace, name, this.uid, changed)
  }
}

function identity({ metadata }: Pod): { uid: string; name: string; namespace: string } {
  return { uid: metadata.uid, name: metadata.name, namespace: metadata.namespace ?? '' }
}

/** The kubelet's own status with the conditions that others have written since. */
function withForeignConditions(own: PodStatus, fromApi: PodStatus): PodStatus {
  const names = new Set<string>(kubeletConditions)
  const mine = (own.conditions ?? []).filter(({ type }) => names.has(type))
  const foreign = (fromApi.conditions ?? []).filter(({ type }) => !names.has(type))
  const { nominatedNodeName, resourceClaimStatuses } = fromApi
  return {
    ...own,
    conditions: [...mine, ...foreign],
    ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }),
    ...(resourceClaimStatuses === undefined ? {} : { resourceClaimStatuses }),
  }
}
