/**
 * The authorizers of `--authorization-mode`, asked in order; the first yes wins.
 * Upstream: pkg/kubeapiserver/authorizer/{config,reload}.go.
 */
import { UserError } from '#base/user-error.ts'
import { wellKnown } from '#apiserver/authentication/authenticator.ts'
import type { Authorizer, Decision } from './authorizer.ts'

export const modes = ['AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC'] as const

export type Mode = (typeof modes)[number]

/** Modes that upstream has, too; asking for them is refused by name. */
const unsupported: readonly string[] = ['ABAC', 'Webhook']

const yes: Decision = { allowed: true, reason: '' }
const everythingIsForbidden: Decision = { allowed: false, reason: 'Everything is forbidden.' }

/** Throws UserError with upstream's words. */
export function parseModes(names: readonly string[]): readonly Mode[] {
  if (names.length === 0) {
    throw new UserError('at least one authorization-mode must be passed')
  }
  return names.map((name, at) => {
    if (unsupported.includes(name)) {
      throw new UserError(`authorization-mode ${name} is not supported`)
    }
    const mode = modes.find((known) => known === name)
    if (mode === undefined) {
      throw new UserError(`authorization-mode ${JSON.stringify(name)} is not a valid mode`)
    }
    if (names.indexOf(name) !== at) {
      throw new UserError(
        `authorization-mode ${JSON.stringify(names)} has mode specified more than once`,
      )
    }
    return mode
  })
}

/** Members of system:masters may do everything, whatever the others say. */
export const mastersAuthorizer: Authorizer = {
  authorize: ({ user }) =>
    user.groups.includes(wellKnown.masters) ? yes : { allowed: false, reason: '' },
}

export const alwaysAllow: Authorizer = {
  authorize: () => ({ allowed: true, reason: 'AlwaysAllow' }),
}

export const alwaysDeny: Authorizer = { authorize: () => everythingIsForbidden }

export function union(authorizers: readonly Authorizer[]): Authorizer {
  return {
    authorize(attributes) {
      let reason = ''
      for (const authorizer of authorizers) {
        const decision = authorizer.authorize(attributes)
        if (decision.allowed) return decision
        if (decision.reason === '') continue
        reason = reason === '' ? decision.reason : `${reason}\n${decision.reason}`
      }
      return { allowed: false, reason }
    },
  }
}
