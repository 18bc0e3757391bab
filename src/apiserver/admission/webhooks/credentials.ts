/**
 * Who the server is to the webhooks that it calls.
 * Upstream: staging/src/k8s.io/apiserver/pkg/util/webhook/authentication.go, v1.36.
 */

/** Of a user in a kubeconfig. */
export interface WebhookCredentials {
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  readonly token?: string
  /** Read again at each request; wins over `token`. */
  readonly tokenFile?: string
  readonly username?: string
  readonly password?: string
}

/** A host, as the names of users say it, and its port; undefined: nobody in particular. */
export type CredentialsFor = (host: string, port: number) => WebhookCredentials | undefined

const httpsPort = 443

/** Users are called by hosts: `name.namespace.svc`, perhaps with a port, `*.svc` or `*`. */
export function credentialsByName(users: ReadonlyMap<string, WebhookCredentials>): CredentialsFor {
  return (host, port) => {
    const names = port === httpsPort ? [host, `${host}:${port}`] : [`${host}:${port}`]
    return names.map((name) => credentialsOf(users, name)).find((found) => found !== undefined)
  }
}

function credentialsOf(
  users: ReadonlyMap<string, WebhookCredentials>,
  name: string,
): WebhookCredentials | undefined {
  const parts = name.split('.')
  const wildcards = parts.map((_, at) => ['*', ...parts.slice(at + 1)].join('.'))
  const known = [name, ...wildcards].find((candidate) => users.has(candidate))
  return known === undefined ? undefined : users.get(known)
}
