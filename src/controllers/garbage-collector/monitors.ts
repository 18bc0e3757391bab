/** Feeds the graph from every kind that the server can list, watch and delete. */
import type { ApiObject } from '#api/resource-type.ts'
import type { DiscoveredResource } from '#client/discovery.ts'
import { discoverPreferred } from '#client/discovery.ts'
import type { Borrowed, ControllerContext } from '#controllers/controller.ts'
import type { OwnerGraph } from './graph.ts'

interface Monitor {
  readonly type: DiscoveredResource
  readonly borrowed: Borrowed<ApiObject>
  readonly subscription: Disposable
}

/** Events own nothing and are owned by nobody, and there are many. */
const ignored: ReadonlySet<string> = new Set(['/events', 'events.k8s.io/events'])

/** Upstream: initialSyncTimeout. */
const syncMsMax = 30_000

/** The informers that feed the graph. */
export class Monitors implements AsyncDisposable {
  readonly #context: ControllerContext
  readonly #graph: OwnerGraph
  readonly #monitors = new Map<string, Monitor>()
  readonly #byKind = new Map<string, DiscoveredResource>()
  readonly #complete = Promise.withResolvers<void>()

  constructor(context: ControllerContext, graph: OwnerGraph) {
    this.#context = context
    this.#graph = graph
    this.#complete.promise.catch(() => undefined)
  }

  /** Resolves once everything that was served at the start is in the graph. */
  get complete(): Promise<void> {
    return this.#complete.promise
  }

  /** How the server serves a kind, whatever the version; undefined when it does not. */
  typeOf(group: string, kind: string): DiscoveredResource | undefined {
    return this.#byKind.get(`${group}/${kind}`)
  }

  /** The object as last seen. */
  objectOf(type: { group: string; resource: string }, key: string): ApiObject | undefined {
    return this.#monitors.get(`${type.group}/${type.resource}`)?.borrowed.informer.store.get(key)
  }

  /** Asks the server what it serves now, and watches just that. Groups that fail keep their monitors. */
  async refresh(signal: AbortSignal): Promise<void> {
    const { resources, failures } = await discoverPreferred(this.#context.client.transport, signal)
    const wanted = new Map(
      resources.filter(isMonitored).map((type) => [`${type.group}/${type.resource}`, type]),
    )
    for (const type of resources) this.#byKind.set(`${type.group}/${type.kind}`, type)
    const failed = new Set(failures.map(({ groupVersion }) => groupVersion.split('/')[0]))
    for (const [key, { type }] of this.#monitors) {
      const isSame = wanted.get(key)?.version === type.version
      if (!isSame && !failed.has(type.group)) await this.#stop(key)
    }
    const started = [...wanted].flatMap(([key, type]) => this.#start(key, type) ?? [])
    // A kind that cannot be listed must not stop the collection of all others: an owner that is not in
    // the graph is asked for, so that nothing is deleted for want of sight.
    const patience = new AbortController()
    using _timer = this.#context.clock.after(syncMsMax, () => patience.abort())
    const either = AbortSignal.any([signal, patience.signal])
    await Promise.allSettled(started.map(({ informer }) => informer.synced(either)))
    this.#complete.resolve()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const key of this.#monitors.keys()) await this.#stop(key)
  }

  #start(key: string, type: DiscoveredResource): Borrowed<ApiObject> | undefined {
    if (this.#monitors.has(key)) return undefined
    const borrowed = this.#context.borrow(type)
    const put = (object: ApiObject) => this.#wake(this.#graph.put(type, object))
    const subscription = borrowed.informer.subscribe({
      added: put,
      updated: (object, prior) => {
        if (prior.metadata.uid !== object.metadata.uid) {
          this.#wake(this.#graph.remove(prior.metadata.uid))
        }
        put(object)
      },
      deleted: ({ metadata }) => this.#wake(this.#graph.remove(metadata.uid)),
    })
    this.#monitors.set(key, { type, borrowed, subscription })
    return borrowed
  }

  /** The kind is no longer served: its objects are gone. */
  async #stop(key: string): Promise<void> {
    const monitor = this.#monitors.get(key)
    if (monitor === undefined) return
    this.#monitors.delete(key)
    this.#byKind.delete(`${monitor.type.group}/${monitor.type.kind}`)
    monitor.subscription[Symbol.dispose]()
    for (const { metadata } of monitor.borrowed.informer.store.list()) {
      this.#wake(this.#graph.remove(metadata.uid))
    }
    await monitor.borrowed[Symbol.asyncDispose]()
  }

  #wake(uids: readonly string[]): void {
    for (const uid of uids) this.#context.enqueue(uid)
  }
}

function isMonitored({ group, resource, verbs }: DiscoveredResource): boolean {
  return (
    !ignored.has(`${group}/${resource}`) &&
    ['delete', 'list', 'watch'].every((verb) => verbs.includes(verb))
  )
}
