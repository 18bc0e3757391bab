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
  /** The same for labels. */
  readonly labelSelector?: string
}

export interface Decision {
  readonly allowed: boolean
  /** Not only without an opinion: nobody else is asked. */
  readonly denied?: true
  readonly reason: string
  /** What went wrong on the way to the decision. */
  readonly error?: string
}

/** A promise only when somebody else has to be asked. */
export interface Authorizer {
  authorize(attributes: Attributes): Decision | Promise<Decision>
}

/** Never a promise: rules are read from the watch cache, never from the store. */
export interface LocalAuthorizer extends Authorizer {
  authorize(attributes: Attributes): Decision
}

/** For those who cannot wait (CEL expressions): who would have to be asked says nothing. */
export function immediately(authorizer: Authorizer): LocalAuthorizer {
  return {
    authorize(attributes) {
      const decision = authorizer.authorize(attributes)
      if (!(decision instanceof Promise)) return decision
      decision.catch(() => undefined)
      return { allowed: false, reason: 'a webhook would have to be asked, which takes time' }
    },
  }
}
