/**
 * The scheduler's loop: takes the most urgent pod, chooses a node, counts the pod there at once, and
 * binds in the background, so that a slow API server does not hold up the next choice.
 */
import { isPodTerminal } from '#api/meta/pods.ts'
import { isStatus } from '#api/meta/status.ts'
import type { Node, Pod } from '#api/core/v1.gen.ts'
import type { PodDisruptionBudget } from '#api/policy/v1.gen.ts'
import {
  namespaces as namespaceType,
  nodes as nodeType,
  poddisruptionbudgets,
  pods as podType,
} from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import { timestamp } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Client } from '#client/client.ts'
import type { EventRecorder } from '#client/events.ts'
import { startInformer } from '#client/start-informer.ts'
import { ClusterState } from './cluster-state.ts'
import { Cycle, describe, type Diagnosis } from './cycle.ts'
import { defaultPlugins } from './default-plugins.ts'
import type { ClusterEvent, Plugin } from './framework.ts'
import { limits } from './limits.ts'
import { nodeEvents } from './node-events.ts'
import type { PodInfo } from './pod-info.ts'
import { preempt } from './preemption.ts'
import { SchedulingQueue, type QueuedPod } from './queue.ts'

export interface SchedulerOptions {
  readonly client: Client
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
  readonly recorder: EventRecorder
  /** Pods with another schedulerName are left alone. */
  readonly schedulerName?: string
  readonly plugins?: readonly Plugin[]
}

/** Schedules until the signal aborts; then waits for the bindings under way. */
export async function runScheduler(options: SchedulerOptions, signal: AbortSignal): Promise<void> {
  const scheduler = new Scheduler(options)
  await scheduler.run(signal)
}

class Scheduler {
  readonly #options: SchedulerOptions
  readonly #name: string
  readonly #state = new ClusterState()
  readonly #queue: SchedulingQueue
  readonly #cycle: Cycle
  readonly #bindings = new Set<Promise<void>>()
  #budgets: () => readonly PodDisruptionBudget[] = () => []

  constructor(options: SchedulerOptions) {
    const plugins = options.plugins ?? defaultPlugins
    this.#options = options
    this.#name = options.schedulerName ?? 'default-scheduler'
    this.#queue = new SchedulingQueue(options.clock, plugins)
    this.#cycle = new Cycle(plugins, options.random)
  }

  async run(signal: AbortSignal): Promise<void> {
    const { client, clock, random, log } = this.#options
    await using nodes = startInformer(client, nodeType, { clock, random, log, signal })
    await using pods = startInformer(client, podType, { clock, random, log, signal })
    await using namespaces = startInformer(client, namespaceType, { clock, random, log, signal })
    await using budgets = startInformer(client, poddisruptionbudgets, {
      clock,
      random,
      log,
      signal,
    })
    this.#budgets = () => budgets.store.list()
    using namespaceHandler = namespaces.subscribe({
      added: ({ metadata }) =>
        this.#state.namespaceLabels.set(metadata.name, metadata.labels ?? {}),
      updated: ({ metadata }) =>
        this.#state.namespaceLabels.set(metadata.name, metadata.labels ?? {}),
      deleted: ({ metadata }) => this.#state.namespaceLabels.delete(metadata.name),
    })
    using nodeHandler = nodes.subscribe({
      added: (node) => this.#nodeChanged(node, undefined),
      updated: (node, prior) => this.#nodeChanged(node, prior),
      deleted: (node) => this.#state.removeNode(node.metadata.name),
    })
    using podHandler = pods.subscribe({
      added: (pod) => this.#podChanged(pod, undefined),
      updated: (pod, prior) => this.#podChanged(pod, prior),
      deleted: (pod) => this.#podDeleted(pod),
    })
    await Promise.all([namespaces.synced(signal), nodes.synced(signal), pods.synced(signal)])
    void [namespaceHandler, nodeHandler, podHandler]
    await Promise.all([this.#schedule(signal), this.#housekeeping(signal)])
    await Promise.allSettled(this.#bindings)
  }

  async #schedule(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const queued = this.#queue.pop()
      if (queued === undefined) {
        await this.#queue.ready(signal)
        continue
      }
      this.#tryPod(queued, signal)
      if (this.#bindings.size >= limits.bindingsMax) await Promise.race(this.#bindings)
    }
  }

  /** Nets for what was missed: bindings never seen, pods that nothing woke. */
  async #housekeeping(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options
    while (!signal.aborted) {
      await clock.sleep(limits.unschedulableFlushMs, signal)
      for (const pod of this.#state.forgetExpired(clock.monotonicMs())) {
        log.warning('Binding was never seen', { pod: pod.metadata.name })
      }
      this.#queue.flushUnschedulable()
    }
  }

  #tryPod(queued: QueuedPod, signal: AbortSignal): void {
    const choice = this.#cycle.choose(queued.info, this.#state)
    if (choice.type === 'none') {
      this.#track(this.#refused(queued, choice.diagnosis, signal))
      return
    }
    const untilMs = this.#options.clock.monotonicMs() + limits.assumedExpiryMs
    this.#state.assume(queued.info, choice.node.name, untilMs)
    this.#track(this.#bind(queued, choice.node.name, signal))
  }

  #track(work: Promise<void>): void {
    const tracked: Promise<void> = work.finally(() => this.#bindings.delete(tracked))
    this.#bindings.add(tracked)
  }

  async #bind(queued: QueuedPod, nodeName: string, signal: AbortSignal): Promise<void> {
    const { pod } = queued.info
    const { name, namespace = '', uid } = pod.metadata
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name, namespace, uid },
      target: { kind: 'Node', name: nodeName },
    }
    try {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(limits.bindTimeoutMs)])
      await this.#options.client
        .in(podType, namespace)
        .createSubresource(name, 'binding', binding, { signal: deadline })
      this.#queue.done(queued)
      this.#state.denominate(uid)
      this.#options.recorder.event(
        withKind(pod),
        'Normal',
        'Scheduled',
        `Successfully assigned ${namespace}/${name} to ${nodeName}`,
      )
    } catch (error) {
      this.#state.forget(pod)
      this.#queue.failed(queued, new Set())
      if (signal.aborted || isStatus(error, 'NotFound')) return
      this.#options.log.warning('Binding failed', {
        pod: `${namespace}/${name}`,
        node: nodeName,
        reason: String(error),
      })
    }
  }

  async #refused(queued: QueuedPod, diagnosis: Diagnosis, signal: AbortSignal): Promise<void> {
    const { pod } = queued.info
    const found = preempt({
      pod: queued.info,
      state: this.#state,
      cycle: this.#cycle,
      diagnosis,
      budgets: this.#budgets(),
    })
    const message = describe(diagnosis, found.type === 'none' ? found.message : '')
    if (found.type === 'preempt') this.#state.nominate(queued.info, found.node.name)
    this.#queue.failed(queued, diagnosis.plugins)
    this.#options.recorder.event(withKind(pod), 'Warning', 'FailedScheduling', message)
    const nominatedNodeName = found.type === 'preempt' ? found.node.name : undefined
    await this.#writeRefusal(pod, { message, nominatedNodeName }, signal)
    if (found.type === 'preempt') await this.#evict(found.victims, { by: pod, signal })
  }

  async #writeRefusal(
    pod: Pod,
    refusal: { readonly message: string; readonly nominatedNodeName: string | undefined },
    signal: AbortSignal,
  ): Promise<void> {
    const condition = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
    const told = condition?.status === 'False' && condition.message === refusal.message
    if (told && refusal.nominatedNodeName === pod.status?.nominatedNodeName) return
    const { name, namespace = '' } = pod.metadata
    const status = {
      conditions: [this.#unschedulable(refusal.message)],
      ...(refusal.nominatedNodeName === undefined
        ? {}
        : { nominatedNodeName: refusal.nominatedNodeName }),
    }
    await this.#options.client
      .in(podType, namespace)
      .patch(name, 'strategic', { status }, { subresource: 'status', signal })
      .catch((error: unknown) =>
        this.#shrug(error, { what: 'write why a pod is unschedulable', pod, signal }),
      )
  }

  /** Asks the victims to go; the pod is tried again when they are gone. */
  async #evict(
    victims: readonly PodInfo[],
    { by, signal }: { readonly by: Pod; readonly signal: AbortSignal },
  ): Promise<void> {
    for (const { pod: victim } of victims) {
      const { name, namespace = '' } = victim.metadata
      const pods = this.#options.client.in(podType, namespace)
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'PreemptionByScheduler',
        message: `${this.#name}: preempting to accommodate a higher priority pod`,
        lastTransitionTime: timestamp(this.#options.clock.nowMs()),
      }
      try {
        await pods.patch(
          name,
          'strategic',
          { status: { conditions: [condition] } },
          { subresource: 'status', signal },
        )
        await pods.delete(name, { signal })
        this.#options.recorder.event(
          withKind(victim),
          'Normal',
          'Preempted',
          `Preempted by pod ${by.metadata.uid} on node ${victim.spec.nodeName}`,
        )
      } catch (error) {
        this.#shrug(error, { what: 'preempt a pod', pod: victim, signal })
      }
    }
  }

  /** A pod that is gone needs nothing more; anything else is said, and mended by the next try. */
  #shrug(
    error: unknown,
    { what, pod, signal }: { what: string; pod: Pod; signal: AbortSignal },
  ): void {
    if (signal.aborted || isStatus(error, 'NotFound')) return
    const name = `${pod.metadata.namespace}/${pod.metadata.name}`
    this.#options.log.warning(`Could not ${what}`, { pod: name, reason: String(error) })
  }

  #unschedulable(message: string) {
    return {
      type: 'PodScheduled',
      status: 'False',
      reason: 'Unschedulable',
      message,
      lastTransitionTime: timestamp(this.#options.clock.nowMs()),
    }
  }

  #nodeChanged(node: Node, prior: Node | undefined): void {
    this.#state.setNode(node)
    for (const event of nodeEvents(node, prior)) this.#queue.happened(event)
  }

  #podChanged(pod: Pod, prior: Pod | undefined): void {
    if (isPodTerminal(pod)) return this.#podDeleted(pod)
    if (pod.spec.nodeName !== undefined && pod.spec.nodeName !== '') {
      this.#queue.remove(pod.metadata.uid)
      this.#state.setPod(pod)
      if (prior !== undefined && prior.metadata.labels !== pod.metadata.labels)
        this.#wake('PodUpdate')
      else if (prior === undefined || prior.spec.nodeName === undefined) this.#wake('PodAdd')
      return
    }
    if (pod.spec.schedulerName !== this.#name || this.#state.isAssumed(pod.metadata.uid)) return
    if (pod.metadata.deletionTimestamp !== undefined) return this.#queue.remove(pod.metadata.uid)
    if (prior === undefined) this.#queue.add(pod)
    else this.#queue.update(pod)
  }

  #podDeleted(pod: Pod): void {
    this.#state.denominate(pod.metadata.uid)
    this.#queue.remove(pod.metadata.uid)
    this.#state.removePod(pod)
    this.#wake('PodDelete')
  }

  #wake(event: ClusterEvent): void {
    this.#queue.happened(event)
  }
}

/** List items carry no kind; a reference to them needs one. */
function withKind(pod: Pod): Pod {
  return pod.kind === undefined ? { ...pod, apiVersion: 'v1', kind: 'Pod' } : pod
}
