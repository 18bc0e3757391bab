/**
 * Acting as somebody else. Each way of doing so asks whether the sender may do this very thing as somebody
 * else, and whether he may be each of the things that he claims; the old way asks only the latter.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/filters/impersonation, v1.36.
 */
import { forbidden, StatusError } from '#api/meta/status.ts'
import type { FieldError } from '#api/meta/field-error.ts'
import { aggregate } from '#api/meta/field-error.ts'
import { checkDomainPath } from '#resources/checks/domain-path.ts'
import { extraKeys, wellKnown } from '#apiserver/authentication/authenticator.ts'
import type { UserInfo } from '#apiserver/authentication/authenticator.ts'
import type {
  Attributes,
  Authorizer,
  ResourceAttributes,
} from '#apiserver/authorization/authorizer.ts'
import { authorize } from './authorize.ts'
import { claimsIn, nodeOf, serviceAccountOf } from './impersonation-claims.ts'
import type { Claims } from './impersonation-claims.ts'

/**
 * The user to act as; a promise only when somebody is claimed. `attributes` are those of the request, as
 * its sender's. Throws Forbidden, and BadRequest for a malformed set of headers.
 */
export function impersonate(
  rawHeaders: readonly string[],
  attributes: Attributes,
  authorizer: Authorizer,
): UserInfo | Promise<UserInfo> {
  const claims = claimsIn(rawHeaders)
  return claims === undefined ? attributes.user : actAs(claims, attributes, authorizer)
}

interface Mode {
  /** Of the verbs `impersonate:<name>` and `impersonate-on:<name>:<verb>`; '' is the old way. */
  readonly name: string
  applies(claims: Claims, sender: UserInfo): boolean
}

const isBare = ({ uid, groups, extra }: Claims): boolean =>
  uid === '' && groups.length === 0 && extra.size === 0

/** In upstream's order: the narrowest first. */
const modes: readonly Mode[] = [
  {
    name: 'associated-node',
    applies: (claims, sender) => isBare(claims) && runsOn(claims, sender),
  },
  { name: 'arbitrary-node', applies: (claims) => isBare(claims) && isNode(claims) },
  { name: 'serviceaccount', applies: (claims) => isBare(claims) && isAccount(claims) },
  { name: 'user-info', applies: (claims) => !isNode(claims) && !isAccount(claims) },
  { name: '', applies: () => true },
]

function isNode({ user }: Claims): boolean {
  return nodeOf(user) !== undefined
}

function isAccount({ user }: Claims): boolean {
  return serviceAccountOf(user) !== undefined
}

/** Whether the sender is a service account whose token is bound to the node that it claims to be. */
function runsOn({ user }: Claims, sender: UserInfo): boolean {
  const names = sender.extra?.[extraKeys.nodeName] ?? []
  const node = nodeOf(user)
  return node !== undefined && serviceAccountOf(sender.name) !== undefined && names.join() === node
}

/** The first mode that allows it decides; when none does, the first objection is told. */
async function actAs(
  claims: Claims,
  attributes: Attributes,
  authorizer: Authorizer,
): Promise<UserInfo> {
  let objection: StatusError | undefined
  for (const mode of modes) {
    if (!mode.applies(claims, attributes.user)) continue
    try {
      return await actBy(mode, claims, { attributes, authorizer })
    } catch (error) {
      if (!(error instanceof StatusError)) throw error
      objection ??= error
    }
  }
  throw objection ?? forbidden({ group: '', resource: '' }, '', 'all impersonation modes failed')
}

interface Asking {
  readonly attributes: Attributes
  readonly authorizer: Authorizer
}

async function actBy(
  { name }: Mode,
  claims: Claims,
  { attributes, authorizer }: Asking,
): Promise<UserInfo> {
  const user = name === 'associated-node' ? withoutNode(attributes.user) : attributes.user
  if (name !== '') {
    const verb = `impersonate-on:${name}:${attributes.verb}`
    await authorize(authorizer, { ...attributes, user, verb })
  }
  const verb = name === '' ? 'impersonate' : `impersonate:${name}`
  const may = async (resource: ResourceAttributes): Promise<void> =>
    authorize(authorizer, { user, verb, resource })
  await may(nameResource(name, claims))
  if (claims.uid !== '') await may({ ...authentication, resource: 'uids', name: claims.uid })
  await mayBeIn(name, claims, may)
  await mayHave(name, claims, may)
  return userOf(name, claims)
}

/** The same for all nodes, so that rules can be: which node it is was seen to before. */
function withoutNode({ extra = {}, ...user }: UserInfo): UserInfo {
  const keys = Object.keys(extra).toSorted()
  return { ...user, extra: { 'authentication.kubernetes.io/associated-node-keys': keys } }
}

const core = { group: '', version: 'v1', subresource: '', namespace: '' } as const
const authentication = { ...core, group: 'authentication.k8s.io' } as const

/** The old way asks for users and groups in the core group. */
function placeOf(mode: string): typeof core | typeof authentication {
  return mode === '' ? core : authentication
}

function nameResource(mode: string, { user }: Claims): ResourceAttributes {
  const place = placeOf(mode)
  const account = serviceAccountOf(user)
  if (account !== undefined) return { ...place, resource: 'serviceaccounts', ...account }
  const node = mode === '' ? undefined : nodeOf(user)
  if (node === undefined) return { ...place, resource: 'users', name: user }
  return { ...place, resource: 'nodes', name: mode === 'associated-node' ? '*' : node }
}

type May = (resource: ResourceAttributes) => Promise<void>

/** So many questions are worth a first one for all. */
const manyQuestions = 4

async function mayBeIn(mode: string, { groups }: Claims, may: May): Promise<void> {
  if (groups.length === 0) return
  const asked = { ...placeOf(mode), resource: 'groups' }
  if (mode !== '') {
    const refused = (name: string, detail: string): Error =>
      forbidden({ group: asked.group, resource: asked.resource }, name, detail)
    if (groups.includes('')) {
      throw refused('', 'impersonating the empty string group is not allowed')
    }
    if (groups.includes(wellKnown.masters)) {
      throw refused(wellKnown.masters, 'impersonating the system:masters group is not allowed')
    }
    if (groups.length >= manyQuestions && (await isAllowed(may, { ...asked, name: '*' }))) return
  }
  for (const name of groups) await may({ ...asked, name })
}

async function mayHave(mode: string, { extra }: Claims, may: May): Promise<void> {
  const asked = { ...authentication, resource: 'userextras' }
  const all = [...extra].flatMap(([subresource, values]) =>
    values.map((name) => ({ ...asked, subresource, name })),
  )
  if (mode !== '' && all.length > 0) {
    const problem = extraProblem(extra)
    if (problem !== undefined) {
      throw forbidden({ group: asked.group, resource: asked.resource }, '', problem)
    }
    const everything = { ...asked, subresource: '*', name: '*' }
    if (all.length >= manyQuestions && (await isAllowed(may, everything))) return
  }
  for (const one of all) await may(one)
}

async function isAllowed(may: May, resource: ResourceAttributes): Promise<boolean> {
  try {
    await may(resource)
    return true
  } catch (error) {
    if (error instanceof StatusError) return false
    throw error
  }
}

function extraProblem(extra: Claims['extra']): string | undefined {
  for (const [key, values] of extra) {
    if (key === '') return 'impersonating the empty string key in extra is not allowed'
    const errors: FieldError[] = []
    checkDomainPath(key, 'extra.key', errors)
    if (errors.length > 0) {
      return `impersonating an invalid key in extra is not allowed: ${aggregate(errors)}`
    }
    if (values.includes('')) return 'impersonating the empty string value in extra is not allowed'
  }
  return undefined
}

function userOf(mode: string, claims: Claims): UserInfo {
  return {
    name: claims.user,
    groups: groupsOf(mode, claims),
    ...(claims.uid !== '' && { uid: claims.uid }),
    ...(claims.extra.size > 0 && { extra: Object.fromEntries(claims.extra) }),
  }
}

function groupsOf(mode: string, { user, groups }: Claims): readonly string[] {
  const account = groups.length === 0 ? serviceAccountOf(user) : undefined
  const isANode = mode !== '' && nodeOf(user) !== undefined
  const own = isANode
    ? [wellKnown.nodes]
    : account === undefined
      ? groups
      : [wellKnown.serviceAccounts, `${wellKnown.serviceAccounts}:${account.namespace}`]
  const isNobody = user === wellKnown.anonymous
  if (!isNobody && own.includes(wellKnown.unauthenticated)) return own
  const everyone = isNobody ? wellKnown.unauthenticated : wellKnown.authenticated
  return own.includes(everyone) ? own : [...own, everyone]
}
