/** Who asks. Upstream: staging/src/k8s.io/apiserver/pkg/authentication/user/user.go. */
export interface UserInfo {
  readonly name: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

export interface Credentials {
  /** Of the TLS session, verified against the client CA by the server; undefined: none was shown. */
  readonly certificate:
    | { readonly subject: { readonly CN?: string | string[]; readonly O?: string | string[] } }
    | undefined
  /** Without the word "Bearer". */
  readonly bearerToken: string | undefined
}

/** The user; undefined: says nothing about such credentials. Throws StatusError Unauthorized on bad ones. */
export type Authenticator = (
  credentials: Credentials,
) => Promise<UserInfo | undefined> | UserInfo | undefined
