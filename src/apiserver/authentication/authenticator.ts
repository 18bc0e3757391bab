/** Who asks. Upstream: staging/src/k8s.io/apiserver/pkg/authentication/user/user.go. */
export interface UserInfo {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

export interface Credentials {
  /** Of the TLS session, verified against the client CA by the server; undefined: none was shown. */
  readonly certificate: ClientCertificate | undefined
  /** Without the word "Bearer". */
  readonly bearerToken: string | undefined
  /** For whom a trusted front proxy asks. */
  readonly proxied?: UserInfo | undefined
  /** Some paths are open to everybody. */
  readonly path?: string
}

/** What `getPeerCertificate` of node:tls says. */
export interface ClientCertificate {
  readonly subject: { readonly CN?: string | string[]; readonly O?: string | string[] }
  /** Colon-separated SHA-256; it becomes the credential's id. */
  readonly fingerprint256?: string
}

/** The user; undefined: says nothing about such credentials. Throws StatusError Unauthorized on bad ones. */
export type Authenticator = (
  credentials: Credentials,
) => Promise<UserInfo | undefined> | UserInfo | undefined

export interface TokenIdentity {
  readonly user: UserInfo
  /** Of those that were asked for, the audiences that the token is meant for. */
  readonly audiences: readonly string[]
}

/** The owner of a token; undefined: not a token of this kind. Throws TokenError when it is a bad one. */
export type TokenAuthenticator = (
  token: string,
  audiences: readonly string[],
) => TokenIdentity | undefined | Promise<TokenIdentity | undefined>

/** One that never has to wait for anybody. */
export type LocalTokenAuthenticator = (
  token: string,
  audiences: readonly string[],
) => TokenIdentity | undefined

/** Why a token is not accepted. The client only hears "Unauthorized"; a TokenReview tells more. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
}

/** Keys of `UserInfo.extra`. */
export const extraKeys = {
  credentialId: 'authentication.kubernetes.io/credential-id',
  podName: 'authentication.kubernetes.io/pod-name',
  podUid: 'authentication.kubernetes.io/pod-uid',
  nodeName: 'authentication.kubernetes.io/node-name',
  nodeUid: 'authentication.kubernetes.io/node-uid',
} as const

/** Users and groups with a meaning of their own. */
export const wellKnown = {
  anonymous: 'system:anonymous',
  authenticated: 'system:authenticated',
  unauthenticated: 'system:unauthenticated',
  masters: 'system:masters',
  nodes: 'system:nodes',
  nodeUserPrefix: 'system:node:',
  serviceAccounts: 'system:serviceaccounts',
  serviceAccountPrefix: 'system:serviceaccount:',
  bootstrapPrefix: 'system:bootstrap:',
  bootstrappers: 'system:bootstrappers',
} as const
