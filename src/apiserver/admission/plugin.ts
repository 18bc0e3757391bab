import type { ApiObject } from '#api/resource-type.ts'
import type { Resource } from '#resources/resource.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type { MetricRegistry } from '#apiserver/metrics/registry.ts'

/** What passes admission. Mutating plugins change `object` in place; validating ones only look. */
export interface AdmissionRequest {
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  readonly resource: Resource
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly user: UserInfo
  /** Undefined on DELETE. */
  readonly object: ApiObject | undefined
  /** Undefined on CREATE. */
  readonly prior: ApiObject | undefined
  readonly dryRun: boolean
  /** CreateOptions, UpdateOptions, DeleteOptions, as far as they say something. */
  readonly options?: Readonly<Record<string, unknown>>
  /**
   * Set by a plugin that has let outsiders change the object: the mutating plugins are asked once more.
   * Upstream: admission/reinvocation.go.
   */
  reinvocation?: Reinvocation
  /** Adds a Warning header. */
  warn(text: string): void
  /** Adds to what the audit log says of the request, under the full key: `plugin.example.com/what`. */
  annotate?(key: string, value: string): void
}

export interface Reinvocation {
  /** The second round. */
  isAgain: boolean
  /** There shall be one. */
  isWanted: boolean
  readonly outsiders: Map<string, Outsiders>
}

/** What one plugin remembers of those that it has asked, by their ids. */
export interface Outsiders {
  /** Wish to be asked again when somebody else changes the object after them. */
  invoked: Set<string>
  /** Somebody has. */
  required: Set<string>
  /** The object as the plugin left it. */
  output: string
}

/** One of upstream's plugins, under upstream's name. A refusal is a thrown StatusError. */
export interface AdmissionPlugin {
  readonly name: string
  handles(request: AdmissionRequest): boolean
  admit?(request: AdmissionRequest): Promise<void> | void
  validate?(request: AdmissionRequest): Promise<void> | void
  /**
   * The request is over: its object is stored and in the cache, or something after the mutating
   * plugins failed. Called once for each object that was validated, also for one that was refused;
   * must not throw.
   */
  settle?(request: Pick<AdmissionRequest, 'object'>): void
  /** Called once: registers what the plugin counts. */
  measure?(metrics: MetricRegistry): void
  /** Lets go of what the plugin holds. */
  [Symbol.dispose]?(): void
}
