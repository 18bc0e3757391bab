/**
 * Runs controllers: one informer for each kind, shared by all; one queue for each controller; workers
 * that take keys and retry what fails. A controller contains only its own thought.
 */
import { controllerOf } from '#api/meta/owners.ts'
import { isStatus } from '#api/meta/status.ts'
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import { apiVersionOf } from '#api/resource-type.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Client } from '#client/client.ts'
import { startEventRecorder } from '#client/events.ts'
import type { EventRecorder } from '#client/events.ts'
import { objectKey } from '#client/object-store.ts'
import type { StartedInformer } from '#client/start-informer.ts'
import { startInformer } from '#client/start-informer.ts'
import { WorkQueue } from '#client/work-queue.ts'
import { isNamespaceTerminating } from './writes.ts'
import type { AnyController, Borrowed, ControllerContext } from './controller.ts'

export interface RuntimeOptions {
  /** Lists and watches for all controllers. */
  readonly client: Client
  /** The client that a controller writes with, by its name: each has its own rights. Absent: `client`. */
  readonly clientOf?: (name: string) => Client
  readonly clock: Clock
  readonly log: Logger
  readonly random: () => number
  /** Events of all controllers go here; absent: each controller records under its own name. */
  readonly recorder?: EventRecorder
  readonly metrics?: ControllerMetrics
}

/** Where the runtime reports; names follow upstream's workqueue metrics. */
export interface ControllerMetrics {
  /** After each reconcile: `workqueue_work_duration_seconds`, `workqueue_retries_total`. */
  reconciled(name: string, outcome: 'done' | 'retry' | 'error', durationMs: number): void
  /** Registers a gauge: `workqueue_depth`. */
  depth(name: string, read: () => number): void
}

export interface RunningControllers extends AsyncDisposable {
  /** Resolves when all informers have listed and all workers run. */
  readonly started: Promise<void>
  /** Whether no queue holds or awaits anything: for tests and simulations. */
  readonly idle: boolean
}

/** Starts all controllers. They stop when `signal` aborts; disposing waits until the last one did. */
export function startControllers(
  options: RuntimeOptions,
  controllers: readonly AnyController[],
  signal: AbortSignal,
): RunningControllers {
  const stop = new AbortController()
  const anySignal = AbortSignal.any([signal, stop.signal])
  const informers = new SharedInformers(options, anySignal)
  const loops = controllers.map((controller) => new Loop(controller, options, informers, anySignal))
  const running = Promise.all(loops.map((loop) => loop.run()))
  return {
    started: Promise.all(loops.map((loop) => loop.started)).then(() => undefined),
    get idle() {
      return loops.every((loop) => loop.idle)
    },
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
      await informers[Symbol.asyncDispose]()
    },
  }
}

interface Shared {
  readonly informer: StartedInformer<ApiObject>
  users: number
}

/** One informer a kind, made when the first controller asks for it, gone with the last borrower. */
class SharedInformers implements AsyncDisposable {
  readonly #options: RuntimeOptions
  readonly #signal: AbortSignal
  readonly #shared = new Map<string, Shared>()

  constructor(options: RuntimeOptions, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
  }

  borrow<T extends ApiObject>(type: ResourceType<T>): Borrowed<T> {
    const key = `${type.group}/${type.version}/${type.resource}`
    let shared = this.#shared.get(key)
    if (shared === undefined) {
      const { client, clock, log, random } = this.#options
      const options = { clock, log, random, signal: this.#signal }
      shared = { informer: startInformer(client, type as ResourceType, options), users: 0 }
      this.#shared.set(key, shared)
    }
    shared.users++
    const { informer } = shared
    return {
      informer: informer as unknown as StartedInformer<T>,
      [Symbol.asyncDispose]: () => this.#giveBack(key),
    }
  }

  async #giveBack(key: string): Promise<void> {
    const shared = this.#shared.get(key)
    if (shared === undefined || --shared.users > 0) return
    this.#shared.delete(key)
    await shared.informer[Symbol.asyncDispose]()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const all = [...this.#shared.values()]
    await Promise.all(all.map(({ informer }) => informer[Symbol.asyncDispose]()))
  }
}

class Loop {
  readonly started: Promise<void>
  readonly #controller: AnyController
  readonly #options: RuntimeOptions
  readonly #client: Client
  readonly #informers: SharedInformers
  readonly #signal: AbortSignal
  readonly #queue: WorkQueue
  readonly #used = new Set<StartedInformer<never>>()
  readonly #recorder: EventRecorder & Partial<AsyncDisposable>
  readonly #log: Logger
  readonly #begun = Promise.withResolvers<void>()

  constructor(
    controller: AnyController,
    options: RuntimeOptions,
    informers: SharedInformers,
    signal: AbortSignal,
  ) {
    const { clock, log, recorder, metrics } = options
    const component = controller.name
    const own = controller.asManager === true ? undefined : options.clientOf?.(component)
    const client = own ?? options.client
    this.#controller = controller
    this.#options = options
    this.#client = client
    this.#informers = informers
    this.#signal = signal
    this.#log = log.named(component)
    this.#queue = new WorkQueue({ clock })
    this.#recorder = recorder ?? startEventRecorder({ client, clock, log: this.#log, component })
    this.started = this.#begun.promise
    this.started.catch(() => undefined)
    metrics?.depth(component, () => this.#queue.length)
  }

  get idle(): boolean {
    return this.#queue.idle
  }

  async run(): Promise<void> {
    const close = (): void => this.#queue.close()
    this.#signal.addEventListener('abort', close, { once: true })
    try {
      const deps = this.#controller.open(this.#context())
      this.#subscribe(deps)
      await Promise.all([...this.#used].map((informer) => informer.synced(this.#signal)))
      this.#begun.resolve()
      const workers = Array.from({ length: this.#controller.workersMax }, () => this.#work(deps))
      await Promise.all(workers)
    } catch (error) {
      this.#begun.reject(error)
      if (!this.#signal.aborted) this.#log.error('the controller ended', error)
    } finally {
      this.#signal.removeEventListener('abort', close)
      await this.#recorder[Symbol.asyncDispose]?.()
    }
  }

  #context(): ControllerContext {
    const { clock, random } = this.#options
    return {
      client: this.#client,
      clock,
      random,
      log: this.#log,
      recorder: this.#recorder,
      signal: this.#signal,
      informer: (type) => this.#informer(type),
      borrow: (type) => this.#informers.borrow(type),
      enqueue: (key, afterMs = 0) => this.#queue.addAfter(key, afterMs),
    }
  }

  #informer<T extends ApiObject>(type: ResourceType<T>): StartedInformer<T> {
    const { informer } = this.#informers.borrow(type)
    this.#used.add(informer as unknown as StartedInformer<never>)
    return informer
  }

  #subscribe(deps: unknown): void {
    const { primary, owns = [], watches = [] } = this.#controller
    if (primary !== undefined) {
      this.#wake(primary, (object) => [objectKey(object)])
      for (const type of owns) this.#wakeOwners(type, primary)
    }
    for (const watched of watches) {
      this.#wake(watched.type, (object, other) => watched.keys(object, deps, other))
    }
  }

  #wakeOwners(type: ResourceType, primary: ResourceType): void {
    const primaries = this.#informer(primary).store
    this.#wake(type, (object) => {
      const key = ownerKey(object, primary)
      const owner = key === undefined ? undefined : primaries.get(key)
      return owner?.metadata.uid === controllerOf(object)?.uid && key !== undefined ? [key] : []
    })
  }

  #wake(
    type: ResourceType,
    keys: (object: ApiObject, other?: ApiObject) => readonly string[],
  ): void {
    const wake = (found: readonly string[]): void => {
      for (const key of found) this.#queue.add(key)
    }
    this.#informer(type).subscribe({
      added: (object) => wake(keys(object)),
      updated: (object, prior) => {
        wake(keys(prior, object))
        wake(keys(object, prior))
      },
      deleted: (object) => wake(keys(object)),
    })
  }

  async #work(deps: unknown): Promise<void> {
    for (let key = await this.#queue.take(); key !== undefined; key = await this.#queue.take()) {
      const startMs = this.#options.clock.monotonicMs()
      const outcome = await this.#reconcile(key, deps)
      const durationMs = this.#options.clock.monotonicMs() - startMs
      this.#options.metrics?.reconciled(this.#controller.name, outcome, durationMs)
      this.#queue.done(key)
    }
  }

  async #reconcile(key: string, deps: unknown): Promise<'done' | 'retry' | 'error'> {
    try {
      const outcome = await this.#controller.reconcile(key, deps, this.#signal)
      this.#queue.forget(key)
      if ('done' in outcome) return 'done'
      this.#queue.addAfter(key, outcome.retryAfterMs)
      return 'retry'
    } catch (error) {
      if (this.#signal.aborted) return 'error'
      // Nothing can be made there any more, and what is there will be taken away.
      if (isNamespaceTerminating(error)) {
        this.#queue.forget(key)
        return 'done'
      }
      const retryMs = this.#queue.addRateLimited(key)
      this.#report(error, key, retryMs)
      return 'error'
    }
  }

  /** Lost races and single failures are cured by the next look; what stays wrong is told. */
  #report(error: unknown, key: string, retryMs: number): void {
    const isPassing = isStatus(error, 'Conflict') || this.#queue.failures(key) < passingMax
    if (!isPassing) this.#log.error('reconcile failed', error, { key, retryMs })
    else this.#log.v(2)?.info('reconcile failed', { key, retryMs, err: String(error) })
  }
}

/** Failures in a row that may be chance. */
const passingMax = 3

/** The key of the object's controller, if that is of `type`. */
function ownerKey(object: ApiObject, type: ResourceType): string | undefined {
  const owner = controllerOf(object)
  if (owner === undefined || owner.kind !== type.kind || owner.apiVersion !== apiVersionOf(type)) {
    return undefined
  }
  return type.namespaced ? `${object.metadata.namespace}/${owner.name}` : owner.name
}
