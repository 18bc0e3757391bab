/**
 * Who may come in, beyond client certificates and service accounts.
 * Upstream: pkg/kubeapiserver/options/authentication.go.
 */
import { parseTokenFile } from '#apiserver/authentication/token-file.ts'
import type { RequestHeaderOptions } from '#apiserver/authentication/request-header.ts'
import type { TokenAuthenticator } from '#apiserver/authentication/authenticator.ts'
import type { JwtIssuer } from '#apiserver/authentication/oidc/issuer.ts'
import type { AuthenticationChoice } from '#apiserver/server-options.ts'
import type { Clock } from '#base/clock.ts'
import { UserError } from '#base/user-error.ts'
import { connectByKubeconfig } from './connect-webhook.ts'
import type { WebhookWorld } from './connect-webhook.ts'
import type { AuthenticationConfig } from './authentication-config.ts'
import type { Flag, Parsed } from './flags.ts'
import { oidcFlags, readOidc } from './oidc-flags.ts'
import { read } from './read-file.ts'

export const authenticationFlags: readonly Flag[] = [
  ...oidcFlags,
  {
    name: 'authentication-config',
    kind: 'string',
    usage: 'an AuthenticationConfiguration, in place of --oidc-*',
  },
  {
    name: 'anonymous-auth',
    kind: 'boolean',
    default: true,
    usage: 'whether requests without credentials are taken',
  },
  {
    name: 'enable-bootstrap-token-auth',
    kind: 'boolean',
    usage: 'whether secrets of type bootstrap.kubernetes.io/token let in',
  },
  {
    name: 'authentication-token-webhook-config-file',
    kind: 'string',
    usage: 'a kubeconfig of the server that is asked whose a token is',
  },
  {
    name: 'authentication-token-webhook-version',
    kind: 'string',
    default: 'v1beta1',
    usage: 'of the TokenReviews that it gets: v1beta1 or v1',
  },
  {
    name: 'authentication-token-webhook-cache-ttl',
    kind: 'duration',
    default: '2m0s',
    usage: 'how long its answers are believed',
  },
  { name: 'token-auth-file', kind: 'string', usage: 'tokens and their users, in CSV' },
  {
    name: 'requestheader-client-ca-file',
    kind: 'string',
    usage: 'who signs the certificates of front proxies',
  },
  {
    name: 'requestheader-allowed-names',
    kind: 'strings',
    usage: 'common names of front proxies; empty: any',
  },
  {
    name: 'requestheader-username-headers',
    kind: 'strings',
    usage: 'headers in which front proxies name the user: X-Remote-User is usual',
  },
  {
    name: 'requestheader-uid-headers',
    kind: 'strings',
    usage: "headers of the user's uid: X-Remote-Uid is usual",
  },
  {
    name: 'requestheader-group-headers',
    kind: 'strings',
    usage: "headers of the user's groups: X-Remote-Group is usual",
  },
  {
    name: 'requestheader-extra-headers-prefix',
    kind: 'strings',
    usage: 'prefixes of headers with more about the user: X-Remote-Extra- is usual',
  },
]

/** Throws UserError. */
export async function readAuthentication(
  flags: Parsed,
  world: WebhookWorld,
): Promise<AuthenticationChoice> {
  const [requestHeader, staticTokens, config, tokenWebhook] = await Promise.all([
    requestHeaderOf(flags),
    staticTokensOf(flags.string('token-auth-file')),
    configOf(flags),
    tokenWebhookOf(flags, world),
  ])
  const anonymous = { enabled: flags.boolean('anonymous-auth') }
  return {
    anonymous: config.anonymous ?? anonymous,
    otherTokens: await tokensOf(config.issuers, world.clock),
    bootstrapTokens: flags.boolean('enable-bootstrap-token-auth'),
    ...(staticTokens !== undefined && { staticTokens }),
    ...(tokenWebhook !== undefined && { tokenWebhook }),
    ...(requestHeader !== undefined && { requestHeader }),
  }
}

/** The file, or what the flags say in its place. */
async function configOf(flags: Parsed): Promise<AuthenticationConfig> {
  const path = flags.string('authentication-config')
  if (path === '') {
    const issuer = await readOidc(flags)
    return { issuers: issuer === undefined ? [] : [issuer], anonymous: undefined }
  }
  if (oidcFlags.some(({ name }) => flags.given.has(name))) {
    throw new UserError('authentication-config file and oidc-* flags are mutually exclusive')
  }
  const { readAuthenticationConfig } = await import('./authentication-config.ts')
  const config = await readAuthenticationConfig(path, ownIssuers(flags))
  if (config.anonymous !== undefined && flags.given.has('anonymous-auth')) {
    throw new UserError(
      '--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file',
    )
  }
  return config
}

/** Nobody else may sign in the name of the server; flags of others' tests need not have any. */
function ownIssuers(flags: Parsed): readonly string[] {
  return flags.given.has('service-account-issuer') ? flags.strings('service-account-issuer') : []
}

/** What checks such tokens is read in when there is an issuer. */
async function tokensOf(
  issuers: readonly JwtIssuer[],
  clock: Clock,
): Promise<readonly TokenAuthenticator[]> {
  if (issuers.length === 0) return []
  const { jwtTokens } = await import('#apiserver/authentication/oidc/jwt-tokens.ts')
  return issuers.map((issuer) => {
    try {
      return jwtTokens(issuer, clock)
    } catch (error) {
      throw new UserError(`issuer ${issuer.url}: ${(error as Error).message}`)
    }
  })
}

/** What asks is read in when there is somebody to ask. */
async function tokenWebhookOf(
  flags: Parsed,
  { clock, random, log }: WebhookWorld,
): Promise<AuthenticationChoice['tokenWebhook']> {
  const flag = 'authentication-token-webhook-config-file'
  const path = flags.string(flag)
  if (path === '') return undefined
  const { reviewVersions, tokenWebhook } =
    await import('#apiserver/authentication/token-webhook.ts')
  const given = flags.string('authentication-token-webhook-version')
  const version = reviewVersions.find((known) => known === given)
  if (version === undefined) {
    throw new UserError(
      `unsupported authentication webhook version ${JSON.stringify(given)}, supported versions are "v1", "v1beta1"`,
    )
  }
  const post = await connectByKubeconfig(`--${flag}`, path)
  const cacheTtlMs = flags.durationMs('authentication-token-webhook-cache-ttl')
  const options = { post, clock, random, log, version, cacheTtlMs }
  return (apiAudiences) => tokenWebhook(options, apiAudiences)
}

async function staticTokensOf(path: string): Promise<AuthenticationChoice['staticTokens']> {
  return path === '' ? undefined : parseTokenFile(path, await read('token-auth-file', path))
}

async function requestHeaderOf(flags: Parsed): Promise<RequestHeaderOptions | undefined> {
  const path = flags.string('requestheader-client-ca-file')
  if (path === '') return undefined
  return {
    clientCa: await read('requestheader-client-ca-file', path),
    allowedNames: flags.strings('requestheader-allowed-names'),
    usernameHeaders: flags.strings('requestheader-username-headers'),
    uidHeaders: flags.strings('requestheader-uid-headers'),
    groupHeaders: flags.strings('requestheader-group-headers'),
    extraPrefixes: flags.strings('requestheader-extra-headers-prefix'),
  }
}
