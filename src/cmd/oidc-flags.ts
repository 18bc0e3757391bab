/** One issuer by flags. Upstream: pkg/kubeapiserver/options/authentication.go, OIDCAuthenticationOptions. */
import { signingAlgorithms } from '#apiserver/authentication/oidc/issuer.ts'
import type { JwtIssuer } from '#apiserver/authentication/oidc/issuer.ts'
import { UserError } from '#base/user-error.ts'
import type { Flag, Parsed } from './flags.ts'
import { read } from './read-file.ts'

export const oidcFlags: readonly Flag[] = [
  { name: 'oidc-issuer-url', kind: 'string', usage: 'who signs the tokens of users, over https' },
  { name: 'oidc-client-id', kind: 'string', usage: 'for whom the tokens must be' },
  { name: 'oidc-ca-file', kind: 'string', usage: "who signs the issuer's certificate" },
  {
    name: 'oidc-username-claim',
    kind: 'string',
    default: 'sub',
    usage: "the claim that is the user's name",
  },
  {
    name: 'oidc-username-prefix',
    kind: 'string',
    usage: 'what stands before it; empty: the issuer and #, unless the claim is email; -: nothing',
  },
  { name: 'oidc-groups-claim', kind: 'string', usage: "the claim that is the user's groups" },
  { name: 'oidc-groups-prefix', kind: 'string', usage: 'what stands before each of them' },
  {
    name: 'oidc-signing-algs',
    kind: 'strings',
    default: ['RS256'],
    usage: 'how tokens may be signed',
  },
  { name: 'oidc-required-claim', kind: 'map', usage: 'claims that a token must have' },
]

/** Undefined: the flags name none. Throws UserError. */
export async function readOidc(flags: Parsed): Promise<JwtIssuer | undefined> {
  const [url, client] = [flags.string('oidc-issuer-url'), flags.string('oidc-client-id')]
  if (url === '' && client === '') return undefined
  if (url === '' || client === '') {
    throw new UserError('oidc-issuer-url and oidc-client-id must be specified together')
  }
  if (!url.startsWith('https://')) {
    throw new UserError(`--oidc-issuer-url ${url}: URL scheme must be https`)
  }
  const algorithms = flags.strings('oidc-signing-algs')
  const unknown = algorithms.find(
    (name) => !(signingAlgorithms as readonly string[]).includes(name),
  )
  if (unknown !== undefined) throw new UserError(`oidc: unsupported signing alg: ${unknown}`)
  const [claim, groups] = [flags.string('oidc-username-claim'), flags.string('oidc-groups-claim')]
  const caFile = flags.string('oidc-ca-file')
  return {
    url,
    audiences: [client],
    algorithms,
    username: { claim, prefix: prefixOf(flags.string('oidc-username-prefix'), { claim, url }) },
    ...(groups !== '' && { groups: { claim: groups, prefix: flags.string('oidc-groups-prefix') } }),
    ...(caFile !== '' && { certificateAuthority: await read('oidc-ca-file', caFile) }),
    claimValidationRules: Object.entries(flags.map('oidc-required-claim')).map(
      ([name, requiredValue]) => ({ claim: name, requiredValue }),
    ),
    userValidationRules: [],
    extra: [],
  }
}

function prefixOf(
  given: string,
  { claim, url }: { readonly claim: string; readonly url: string },
): string {
  if (given === '-') return ''
  return given === '' && claim !== 'email' ? `${url}#` : given
}
