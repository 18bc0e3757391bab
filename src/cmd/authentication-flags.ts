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
  clock: Clock,
): Promise<AuthenticationChoice> {
  const [requestHeader, staticTokens, config] = await Promise.all([
    requestHeaderOf(flags),
    staticTokensOf(flags.string('token-auth-file')),
    configOf(flags),
  ])
  const anonymous = { enabled: flags.boolean('anonymous-auth') }
  return {
    anonymous: config.anonymous ?? anonymous,
    otherTokens: await tokensOf(config.issuers, clock),
    bootstrapTokens: flags.boolean('enable-bootstrap-token-auth'),
    ...(staticTokens !== undefined && { staticTokens }),
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
  const config = await readAuthenticationConfig(path)
  if (config.anonymous !== undefined && flags.given.has('anonymous-auth')) {
    throw new UserError(
      '--anonymous-auth flag cannot be set when anonymous field is configured in authentication configuration file',
    )
  }
  return config
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
