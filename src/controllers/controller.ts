/** The one shape of controller. The runtime (`runtime.ts`) owns queues, retry, backoff and metrics. */
import type { ApiObject, ResourceType } from '#api/resource-type.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { Client } from '#client/client.ts'
import type { EventRecorder } from '#client/events.ts'
import type { StartedInformer } from '#client/start-informer.ts'

/** What a reconcile asks for next. A throw means: try again, with backoff. */
export type Outcome = { readonly done: true } | { readonly retryAfterMs: number }

export const done: Outcome = { done: true }

/** What the runtime hands to a controller when it starts. */
export interface ControllerContext {
  readonly client: Client
  readonly clock: Clock
  readonly log: Logger
  readonly recorder: EventRecorder
  /** 0 ≤ random() < 1 */
  readonly random: () => number
  /** Aborts when the controllers stop. */
  readonly signal: AbortSignal
  /** The informer that all controllers share. Reconciling begins once all asked for here are in sync. */
  readonly informer: <T extends ApiObject>(type: ResourceType<T>) => StartedInformer<T>
  /** The same for a kind that comes and goes: it is the caller's to await and to dispose. */
  readonly borrow: <T extends ApiObject>(type: ResourceType<T>) => Borrowed<T>
  /** Wakes a key of this controller, at once or later. */
  readonly enqueue: (key: string, afterMs?: number) => void
}

export interface Borrowed<T> extends AsyncDisposable {
  readonly informer: StartedInformer<T>
}

export interface Controller<Deps> {
  /** Upstream's name, as `--controllers` and metrics spell it: `replicaset-controller`. */
  readonly name: string
  /**
   * The kind whose keys are reconciled; each change of an object wakes its key. Absent: the controller
   * has keys of its own, and wakes them itself.
   */
  readonly primary?: ResourceType
  /** Kinds whose objects, by controller owner reference, wake their owner. */
  readonly owns?: readonly ResourceType[]
  /** Other kinds, with the keys that a change of one wakes. */
  readonly watches?: readonly Watched<Deps>[]
  /** `group/resource` or `group/resource/subresource`; roles are generated from it. */
  readonly writes: readonly string[]
  readonly workersMax: number
  /** It writes as the controller manager itself: no role of its own allows what it does. */
  readonly asManager?: true
  /** Makes what `reconcile` needs: stores, indexes, pending writes. Called once, before anything runs. */
  open(context: ControllerContext): Deps
  reconcile(key: string, deps: Deps, signal: AbortSignal): Promise<Outcome>
}

export interface Watched<Deps> {
  readonly type: ResourceType
  /**
   * The keys that this state of an object matters to. On a change it is asked for the state before
   * (with `other` the state after) and for the state after; a deletion asks for the last state.
   */
  keys(object: ApiObject, deps: Deps, other?: ApiObject): readonly string[]
}

/** A controller whose private Deps are its own business: what lists of controllers hold. */
export type AnyController = Controller<unknown>

export function defineController<Deps>(controller: Controller<Deps>): AnyController {
  return controller as AnyController
}
