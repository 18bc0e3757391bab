/**
 * The authorizers of `--authorization-mode`, asked in order; the first yes wins.
 * Upstream: pkg/kubeapiserver/authorizer/{config,reload}.go.
 */
import { UserError } from '#base/user-error.ts'
import { wellKnown } from '#apiserver/authentication/authenticator.ts'
import type { Attributes, Authorizer, Decision, LocalAuthorizer } from './authorizer.ts'

export const modes = ['AlwaysAllow', 'AlwaysDeny', 'ABAC', 'Webhook', 'RBAC', 'Node'] as const

export type Mode = (typeof modes)[number]

const yes: Decision = { allowed: true, reason: '' }
const everythingIsForbidden: Decision = { allowed: false, reason: 'Everything is forbidden.' }

/** Throws UserError with upstream's words. */
export function parseModes(names: readonly string[]): readonly Mode[] {
  if (names.length === 0) {
    throw new UserError('at least one authorization-mode must be passed')
  }
  return names.map((name, at) => {
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
export const mastersAuthorizer: LocalAuthorizer = {
  authorize: ({ user }) =>
    user.groups.includes(wellKnown.masters) ? yes : { allowed: false, reason: '' },
}

export const alwaysAllow: LocalAuthorizer = {
  authorize: () => ({ allowed: true, reason: 'AlwaysAllow' }),
}

export const alwaysDeny: LocalAuthorizer = { authorize: () => everythingIsForbidden }

/** Asks one after the other until somebody says yes or no; the reasons of all others are told. */
export function union(authorizers: readonly Authorizer[]): Authorizer {
  return { authorize: (attributes) => askFrom(authorizers, 0, { attributes, said: [] }) }
}

interface Asking {
  readonly attributes: Attributes
  /** The decisions so far: none of them was one. */
  readonly said: Decision[]
}

function askFrom(
  authorizers: readonly Authorizer[],
  start: number,
  asking: Asking,
): Decision | Promise<Decision> {
  const { attributes, said } = asking
  for (let at = start; at < authorizers.length; at++) {
    const decision = authorizers[at]?.authorize(attributes)
    if (decision instanceof Promise) {
      return decision.then((later) => {
        said.push(later)
        return isFinal(later) ? later : askFrom(authorizers, at + 1, asking)
      })
    }
    if (decision === undefined) continue
    if (isFinal(decision)) return decision
    said.push(decision)
  }
  return together(said)
}

function isFinal({ allowed, denied }: Decision): boolean {
  return allowed || denied === true
}

function together(said: readonly Decision[]): Decision {
  const errors = said.flatMap(({ error }) => error ?? [])
  return {
    allowed: false,
    reason: said
      .map(({ reason }) => reason)
      .filter(Boolean)
      .join('\n'),
    ...(errors.length > 0 && { error: errors.join(', ') }),
  }
}
