import type { UserInfo } from '#apiserver/authentication/authenticator.ts'

/** What is asked. Either a resource or a plain path (`/healthz`). */
export interface Attributes {
  readonly user: UserInfo
  readonly verb: string
  readonly resource?: ResourceAttributes
  readonly path?: string
}

export interface ResourceAttributes {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  /** As in the URL of a list, a watch or a deletecollection: nodes may list what is theirs. */
  readonly fieldSelector?: string
}

export interface Decision {
  readonly allowed: boolean
  readonly reason: string
}

/** Synchronous: rules are read from the watch cache, never from the store. */
export interface Authorizer {
  authorize(attributes: Attributes): Decision
}
