/**
 * Who may come in, beyond client certificates and service accounts.
 * Upstream: pkg/kubeapiserver/options/authentication.go.
 */
import { parseTokenFile } from '#apiserver/authentication/token-file.ts'
import type { RequestHeaderOptions } from '#apiserver/authentication/request-header.ts'
import type { AuthenticationChoice } from '#apiserver/server-options.ts'
import type { Flag, Parsed } from './flags.ts'
import { read } from './read-file.ts'

export const authenticationFlags: readonly Flag[] = [
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
export async function readAuthentication(flags: Parsed): Promise<AuthenticationChoice> {
  const [requestHeader, staticTokens] = await Promise.all([
    requestHeaderOf(flags),
    staticTokensOf(flags.string('token-auth-file')),
  ])
  return {
    anonymous: { enabled: flags.boolean('anonymous-auth') },
    bootstrapTokens: flags.boolean('enable-bootstrap-token-auth'),
    ...(staticTokens !== undefined && { staticTokens }),
    ...(requestHeader !== undefined && { requestHeader }),
  }
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
