/**
 * The kubelet: runs the pods that the API and the node's manifests give this node, and tells the API
 * how they and the node are. Upstream: pkg/kubelet/kubelet.go at v1.36.
 */
import type { Node, Pod } from '#api/core/v1.gen.ts'
import { startEventRecorder } from '#client/events.ts'
import { criClient } from '#cri/client.ts'
import type { CriClient } from '#cri/client.ts'
import { runtimeEvents } from '#cri/events.ts'
import { grpcTransport } from '#cri/grpc-transport.ts'
import type { GrpcTransport } from '#cri/transport.ts'
import { endShim, shimsOf } from '#linux/shims.ts'
import { assemble } from './assemble.ts'
import type { Parts } from './assemble.ts'
import { evict } from './eviction/eviction.ts'
import { housekeep } from './housekeeping.ts'
import { limits } from './limits.ts'
import { keepLease } from './node/lease.ts'
import { evictionDefaults } from './node/machine.ts'
import { NodeNetwork } from './node/network.ts'
import type { KubeletOptions } from './options.ts'
import { endLostShims } from './runtime/lost-shims.ts'
import { RuntimeObserver } from './runtime/observer.ts'
import type { ServedPods } from './server/served-pods.ts'
import type { Stats } from './stats/stats.ts'
import { watchManifests } from './sources/manifests.ts'

export interface Kubelet extends AsyncDisposable {
  readonly pods: ServedPods
  readonly cri: CriClient
  readonly stats: Stats
  /** The Node as the API has it; undefined before it is registered. */
  node(): Node | undefined
}

/**
 * Starts a kubelet; it runs until it is disposed or the signal aborts, and leaves containers running.
 * Resolves once the runtime has answered; rejects when the signal aborts before.
 */
export async function startKubelet(options: KubeletOptions, signal: AbortSignal): Promise<Kubelet> {
  const { client, clock, log, nodeName } = options
  const stop = new AbortController()
  const life = AbortSignal.any([signal, stop.signal])
  await using stack = new AsyncDisposableStack()
  const transport = grpcTransport(options.runtimeEndpoint)
  const cri = stack.use(criClient(transport))
  const observer = new RuntimeObserver(cri)
  const runtime = await untilAnswered(options, life, () => observer.identify(life))
  const recorder = stack.use(
    startEventRecorder({ client, clock, log, component: 'kubelet', host: nodeName }),
  )
  const ground = { cri, observer, recorder, runtime, stack, life }
  const parts = await assemble(options, ground)
  const running = new Loops(options, parts, observer, transport).run(life)
  const whole = stack.move()
  return {
    pods: parts.pods,
    cri,
    stats: parts.stats,
    node: () => parts.reporter.node,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
      await parts.pods.done()
      await whole.disposeAsync()
    },
  }
}

/** Runs a kubelet until the signal aborts. */
export async function runKubelet(options: KubeletOptions, signal: AbortSignal): Promise<void> {
  await using kubelet = await startKubelet(options, signal)
  void kubelet
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

async function untilAnswered<T>(
  { clock, log, runtimeEndpoint }: KubeletOptions,
  signal: AbortSignal,
  ask: () => Promise<T>,
): Promise<T> {
  for (let waitMs = 50; ; waitMs = Math.min(waitMs * 2, 2_000)) {
    try {
      return await ask()
    } catch (error) {
      signal.throwIfAborted()
      log.v(2)?.info('waiting for the runtime', { endpoint: runtimeEndpoint, err: String(error) })
      await clock.sleep(waitMs, signal)
    }
  }
}

/** What goes on for as long as the kubelet lives. */
class Loops {
  readonly #options: KubeletOptions
  readonly #parts: Parts
  readonly #observer: RuntimeObserver
  readonly #transport: GrpcTransport
  #manifestsRead = false
  #imagesAtMs = -Infinity
  #runtimeUp = true
  #inRuntime: ReadonlySet<string> = new Set()

  constructor(
    options: KubeletOptions,
    parts: Parts,
    observer: RuntimeObserver,
    transport: GrpcTransport,
  ) {
    this.#options = options
    this.#parts = parts
    this.#observer = observer
    this.#transport = transport
    this.#manifestsRead = options.manifestPath === undefined
  }

  async run(signal: AbortSignal): Promise<void> {
    const { client, clock, log, nodeName } = this.#options
    const { reporter } = this.#parts
    const loops = [
      reporter.run(signal).then(() => undefined),
      keepLease({ client, clock, log, nodeName, node: () => reporter.node }, signal),
      this.#followPods(signal),
      this.#followNode(signal),
      this.#followManifests(signal),
      this.#followRuntime(signal),
      this.#relist(signal),
      this.#keepHouse(signal),
      this.#endLostShims(signal),
    ]
    reporter.event('Starting', 'Starting kubelet.')
    for (const outcome of await Promise.allSettled(loops)) {
      if (outcome.status === 'rejected' && !signal.aborted) throw outcome.reason
    }
  }

  get #sourcesReady(): boolean {
    return this.#manifestsRead && this.#parts.informers.pods.hasSynced
  }

  async #followPods(signal: AbortSignal): Promise<void> {
    const { informers, pods, mirrors } = this.#parts
    using _subscription = informers.pods.subscribe({
      added: (pod) => pods.set(pod),
      updated: (pod) => pods.set(pod),
      deleted: (pod) => pods.delete(pod),
    })
    await informers.pods.synced(signal)
    mirrors.synced()
    await ended(signal)
  }

  async #followNode(signal: AbortSignal): Promise<void> {
    const { network, clock, log, run } = this.#options
    const { informers, reporter } = this.#parts
    if (network === undefined) return
    const report = (): Promise<void> => reporter.report(signal)
    const problem = (): string | undefined => reporter.networkProblem()
    const nodeNetwork = new NodeNetwork({ network, clock, log, report, problem, run })
    const follow = (node: Node): void => {
      nodeNetwork.follow(node, signal).catch((error: unknown) => {
        log.error('the pod network was not set up', error)
      })
    }
    using _subscription = informers.nodes.subscribe({ added: follow, updated: follow })
    await ended(signal)
  }

  async #followManifests(signal: AbortSignal): Promise<void> {
    const { manifestPath: path, nodeName, clock, log } = this.#options
    if (path === undefined) return
    const report = (found: readonly Pod[]): void => {
      this.#parts.pods.setStatic(found)
      this.#manifestsRead = true
    }
    await watchManifests({ path, nodeName, clock, log, pods: report }, signal)
  }

  async #followRuntime(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options
    while (!signal.aborted) {
      try {
        for await (const { id, type } of runtimeEvents(this.#transport, signal)) {
          if (type === 'stopped') this.#stopped(id)
        }
      } catch (error) {
        log.v(2)?.info('runtime events broke off', { err: String(error) })
      }
      await clock.sleep(500, signal)
      // What happened meanwhile is found by looking.
      if (!signal.aborted) await this.#relistOnce(signal)
    }
  }

  #stopped(id: string): void {
    const uid = this.#observer.ownerOf(id)
    const worker = uid === undefined ? undefined : this.#parts.pods.worker(uid)
    worker?.runtimeChanged(id).catch((error: unknown) => {
      this.#options.log.v(2)?.info('the runtime does not answer', { err: String(error) })
    })
  }

  async #relist(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#relistOnce(signal)
      await this.#options.clock.sleep(limits.relistPeriodMs, signal)
    }
  }

  async #relistOnce(signal: AbortSignal): Promise<void> {
    const { pods, mirrors } = this.#parts
    try {
      const listed = await this.#observer.list(signal)
      this.#inRuntime = new Set(listed.keys())
      pods.reconcile(listed, this.#sourcesReady)
      mirrors.reconcile()
      await this.#setRuntimeUp(true, signal)
    } catch (error) {
      if (signal.aborted) return
      this.#options.log.v(2)?.info('relist failed', { err: String(error) })
      await this.#setRuntimeUp(false, signal)
    }
  }

  /** The node tells at once when its runtime goes or comes back. */
  async #setRuntimeUp(up: boolean, signal: AbortSignal): Promise<void> {
    if (up === this.#runtimeUp) return
    this.#runtimeUp = up
    await this.#parts.reporter.report(signal)
  }

  async #keepHouse(signal: AbortSignal): Promise<void> {
    const { clock, cgroupRoot, log } = this.#options
    const { host, pods } = this.#parts
    for (;;) {
      await clock.sleep(limits.housekeepingPeriodMs, signal)
      if (signal.aborted) return
      await housekeep({
        host,
        cgroupRoot,
        workers: pods.workers,
        inRuntime: this.#inRuntime,
        sourcesReady: this.#sourcesReady,
      })
      await this.#makeRoom().catch((error: unknown) => {
        if (!signal.aborted) log.warning('eviction failed', { err: String(error) })
      })
    }
  }

  async #endLostShims(signal: AbortSignal): Promise<void> {
    const { clock, log, runtimeEndpoint } = this.#options
    const socket = runtimeEndpoint.replace(/^unix:\/\//, '')
    const minimumAgeMs = limits.lostShimsPeriodMs
    const { cri } = this.#parts.host
    while (!signal.aborted) {
      await clock.sleep(limits.lostShimsPeriodMs, signal)
      if (signal.aborted) return
      const options = { cri, shims: () => shimsOf(socket), end: endShim, minimumAgeMs, signal }
      const ended = await endLostShims(options).catch(() => [])
      for (const { id, pid } of ended)
        log.warning('ended a shim that the runtime lost', { id, pid })
    }
  }

  async #makeRoom(): Promise<void> {
    const { log, paths, clock } = this.#options
    const { host, pods, reporter, stats, images } = this.#parts
    await evict({
      workers: pods.workers,
      paths,
      recorder: host.recorder,
      log,
      pressure: reporter.shortage(),
      thresholds: { ...evictionDefaults, ...this.#options.evictionHard },
      sample: () => stats.sample(),
      freeImages: () => images.removeUnused(),
    })
    if (clock.monotonicMs() - this.#imagesAtMs < limits.imageCollectionPeriodMs) return
    this.#imagesAtMs = clock.monotonicMs()
    await images.collect((await stats.sample()).node.images)
  }
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
