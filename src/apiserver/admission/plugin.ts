import type { ApiObject } from '#api/resource-type.ts'
import type { Resource } from '#resources/resource.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'

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
  /** Adds a Warning header. */
  warn(text: string): void
  /** Adds to what the audit log says of the request, under the full key: `plugin.example.com/what`. */
  annotate?(key: string, value: string): void
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
}
