/**
 * Acting as somebody else: each thing that is claimed needs the permission to claim it.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/filters/impersonation/impersonation.go, v1.36.
 */
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import { unescapeKey } from '#apiserver/authentication/request-header.ts'
import type { Authorizer, ResourceAttributes } from '#apiserver/authorization/authorizer.ts'
import { internalError } from '#api/meta/status.ts'
import { authorize } from './authorize.ts'

const extraPrefix = 'impersonate-extra-'
const serviceAccountPrefix = 'system:serviceaccount:'

interface Claims {
  user: string
  uid: string
  readonly groups: string[]
  readonly extra: Map<string, string[]>
}

/**
 * The user to act as; a promise only when somebody is claimed. Throws Forbidden; a malformed set of headers
 * is an internal error, as upstream.
 */
export function impersonate(
  user: UserInfo,
  rawHeaders: readonly string[],
  authorizer: Authorizer,
): UserInfo | Promise<UserInfo> {
  const claims = claimsIn(rawHeaders)
  return claims === undefined ? user : claimed(user, claims, authorizer)
}

async function claimed(user: UserInfo, claims: Claims, authorizer: Authorizer): Promise<UserInfo> {
  if (claims.user === '') {
    throw internalError(new Error('requested impersonation without impersonating a user'))
  }
  for (const resource of permissionsFor(claims)) {
    await authorize(authorizer, { user, verb: 'impersonate', resource })
  }
  return {
    name: claims.user,
    groups: groupsOf(claims),
    ...(claims.uid !== '' && { uid: claims.uid }),
    ...(claims.extra.size > 0 && { extra: Object.fromEntries(claims.extra) }),
  }
}

function claimsIn(rawHeaders: readonly string[]): Claims | undefined {
  let claims: Claims | undefined
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const header = rawHeaders[i] ?? ''
    if (header[0] !== 'i' && header[0] !== 'I') continue // most requests end here
    const name = header.toLowerCase()
    if (!claiming.has(name) && !name.startsWith(extraPrefix)) continue
    claims ??= { user: '', uid: '', groups: [], extra: new Map() }
    addClaim(claims, name, rawHeaders[i + 1] ?? '')
  }
  return claims
}

const claiming: ReadonlySet<string> = new Set([
  'impersonate-group',
  'impersonate-uid',
  'impersonate-user',
])

function addClaim(claims: Claims, name: string, value: string): void {
  if (name === 'impersonate-user') claims.user = value
  else if (name === 'impersonate-uid') claims.uid = value
  else if (name === 'impersonate-group') claims.groups.push(value)
  else {
    const key = unescapeKey(name.slice(extraPrefix.length))
    claims.extra.set(key, [...(claims.extra.get(key) ?? []), value])
  }
}

/** What the sender must be allowed to `impersonate`, in the order in which upstream asks. */
function* permissionsFor(claims: Claims): Generator<ResourceAttributes> {
  const account = serviceAccount(claims.user)
  const core = { group: '', version: 'v1', subresource: '', namespace: '' }
  yield account === undefined
    ? { ...core, resource: 'users', name: claims.user }
    : { ...core, resource: 'serviceaccounts', ...account }
  for (const name of claims.groups) yield { ...core, resource: 'groups', name }
  const authentication = { ...core, group: 'authentication.k8s.io' }
  for (const [subresource, values] of claims.extra) {
    for (const name of values) {
      yield { ...authentication, resource: 'userextras', subresource, name }
    }
  }
  if (claims.uid !== '') yield { ...authentication, resource: 'uids', name: claims.uid }
}

function serviceAccount(user: string): { namespace: string; name: string } | undefined {
  if (!user.startsWith(serviceAccountPrefix)) return undefined
  const [namespace, name, ...rest] = user.slice(serviceAccountPrefix.length).split(':')
  if (namespace === undefined || name === undefined || rest.length > 0) return undefined
  return { namespace, name }
}

function groupsOf({ user, groups }: Claims): readonly string[] {
  const account = serviceAccount(user)
  const own =
    groups.length === 0 && account !== undefined
      ? ['system:serviceaccounts', `system:serviceaccounts:${account.namespace}`]
      : groups
  const everyone = user === 'system:anonymous' ? 'system:unauthenticated' : 'system:authenticated'
  const given = own.includes('system:authenticated') || own.includes('system:unauthenticated')
  return given ? own : [...own, everyone]
}
