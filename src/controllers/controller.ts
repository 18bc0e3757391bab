/** The one shape of controller. The runtime (`runtime.ts`) owns queues, retry, backoff and metrics. */
import type { ApiObject, ResourceType } from '#api/resource-type.ts'

/** What a reconcile asks for next. A throw means: try again, with backoff. */
export type Outcome = { readonly done: true } | { readonly retryAfterMs: number }

export const done: Outcome = { done: true }

export interface Controller<Deps> {
  /** Upstream's name, as `--controllers` and metrics spell it: `replicaset-controller`. */
  readonly name: string
  /** The kind whose keys are reconciled. */
  readonly primary: ResourceType
  /** Kinds whose objects, by controller owner reference, wake their owner. */
  readonly owns?: readonly ResourceType[]
  /** Other kinds, with the keys that a change of one wakes. */
  readonly watches?: readonly Watched<Deps>[]
  /** `group/resource` or `group/resource/subresource`; roles are generated from it. */
  readonly writes: readonly string[]
  readonly workersMax: number
  reconcile(key: string, deps: Deps, signal: AbortSignal): Promise<Outcome>
}

export interface Watched<Deps> {
  readonly type: ResourceType
  keys(object: ApiObject, deps: Deps): readonly string[]
}

export function defineController<Deps>(controller: Controller<Deps>): Controller<Deps> {
  return controller
}
