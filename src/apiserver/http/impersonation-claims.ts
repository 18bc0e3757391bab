/**
 * Whom a request claims to come from, by its headers.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/filters/impersonation/constrained_impersonation.go
 * (processImpersonationHeaders), v1.36.
 */
import { goQuote } from '#api/meta/go-quote.ts'
import { badRequest } from '#api/meta/status.ts'
import { validateDns1123Subdomain } from '#api/meta/names.ts'
import { unescapeKey } from '#apiserver/authentication/request-header.ts'

export interface Claims {
  user: string
  uid: string
  readonly groups: string[]
  readonly extra: Map<string, string[]>
}

const extraPrefix = 'impersonate-extra-'

const claiming: ReadonlySet<string> = new Set([
  'impersonate-group',
  'impersonate-uid',
  'impersonate-user',
])

/** Undefined: nobody. Throws BadRequest when something is claimed, but no name. */
export function claimsIn(rawHeaders: readonly string[]): Claims | undefined {
  let claims: Claims | undefined
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const header = rawHeaders[i] ?? ''
    if (header[0] !== 'i' && header[0] !== 'I') continue // most requests end here
    const name = header.toLowerCase()
    if (!claiming.has(name) && !name.startsWith(extraPrefix)) continue
    claims ??= { user: '', uid: '', groups: [], extra: new Map() }
    addClaim(claims, name, rawHeaders[i + 1] ?? '')
  }
  if (claims === undefined || claims.user !== '') return claims
  if (claims.uid === '' && claims.groups.length === 0 && claims.extra.size === 0) return undefined
  throw badRequest(`requested ${goSyntax(claims)} without impersonating a user name`)
}

function addClaim(claims: Claims, name: string, value: string): void {
  if (name === 'impersonate-user') claims.user = value
  else if (name === 'impersonate-uid') claims.uid = value
  else if (name === 'impersonate-group') claims.groups.push(value)
  else {
    const key = unescapeKey(name.slice(extraPrefix.length))
    claims.extra.set(key, [...(claims.extra.get(key) ?? []), value])
  }
}

/** As Go prints the user that was asked for. */
function goSyntax({ uid, groups, extra }: Claims): string {
  const list = (values: readonly string[]) => `[]string{${values.map(goQuote).join(', ')}}`
  const entries = [...extra].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const extras = entries.map(([key, values]) => `${goQuote(key)}:${list(values)}`).join(', ')
  const shownGroups = groups.length === 0 ? '[]string(nil)' : list(groups)
  const shownExtra =
    extra.size === 0 ? 'map[string][]string(nil)' : `map[string][]string{${extras}}`
  return `&user.DefaultInfo{Name:"", UID:${goQuote(uid)}, Groups:${shownGroups}, Extra:${shownExtra}}`
}

const serviceAccountPrefix = 'system:serviceaccount:'
const nodePrefix = 'system:node:'

export function serviceAccountOf(
  user: string,
): { readonly namespace: string; readonly name: string } | undefined {
  if (!user.startsWith(serviceAccountPrefix)) return undefined
  const [namespace, name, ...rest] = user.slice(serviceAccountPrefix.length).split(':')
  if (namespace === undefined || name === undefined || rest.length > 0) return undefined
  return { namespace, name }
}

/** The node's name. */
export function nodeOf(user: string): string | undefined {
  if (!user.startsWith(nodePrefix)) return undefined
  const name = user.slice(nodePrefix.length)
  return validateDns1123Subdomain(name).length === 0 ? name : undefined
}
