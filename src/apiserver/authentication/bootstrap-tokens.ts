/**
 * Bootstrap tokens: `abcdef.0123456789abcdef`, kept as secrets in kube-system, for nodes that join.
 * Upstream: plugin/pkg/auth/authenticator/token/bootstrap/bootstrap.go.
 */
import { timingSafeEqual } from 'node:crypto'
import {
  bootstrapTokenNamespace,
  bootstrapTokenPrefix,
  bootstrapTokenValue as value,
  hasBootstrapTokenEnded,
  isBootstrapToken,
} from '#api/core/bootstrap-token.ts'
import { secrets } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { wellKnown } from './authenticator.ts'
import type { LocalTokenAuthenticator } from './authenticator.ts'

const form = /^([a-z0-9]{6})\.([a-z0-9]{16})$/
const groupForm = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/

export interface BootstrapTokenDeps {
  readonly objects: () => Objects
  readonly clock: Clock
}

/** Says nothing of a token that does not exist, has expired, or is not for authentication. */
export function bootstrapTokens(deps: BootstrapTokenDeps): LocalTokenAuthenticator {
  return (token, audiences) => {
    const [, id = '', password = ''] = form.exec(token) ?? []
    if (id === '') return undefined
    const name = `${bootstrapTokenPrefix}${id}`
    const secret = deps.objects().get(secrets, bootstrapTokenNamespace, name)
    if (secret === undefined || secret.metadata.deletionTimestamp !== undefined) return undefined
    if (!isBootstrapToken(secret) || value(secret, 'token-id') !== id) return undefined
    if (!same(value(secret, 'token-secret'), password)) return undefined
    if (value(secret, 'usage-bootstrap-authentication') !== 'true') return undefined
    if (hasBootstrapTokenEnded(secret, deps.clock.nowMs())) return undefined
    const groups = extraGroups(value(secret, 'auth-extra-groups'))
    if (groups === undefined) return undefined
    const user = {
      name: `${wellKnown.bootstrapPrefix}${id}`,
      groups: [wellKnown.bootstrappers, ...groups],
    }
    return { user, audiences }
  }
}

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Undefined when one of them is not a group that a bootstrap token may give. */
function extraGroups(list: string): readonly string[] | undefined {
  const groups = list === '' ? [] : list.split(',')
  return groups.every((group) => groupForm.test(group)) ? groups : undefined
}
