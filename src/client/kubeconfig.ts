/** Kubeconfig files, and what a pod finds in its own file system, as options of a transport. */
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { parseYaml } from '#api/yaml.ts'
import type { HttpsTransportOptions } from './https-transport.ts'

/** `clientcmd/api/v1`: the part that this program understands. */
export interface Kubeconfig {
  readonly 'current-context'?: string
  readonly clusters?: readonly { readonly name: string; readonly cluster: KubeconfigCluster }[]
  readonly users?: readonly { readonly name: string; readonly user: KubeconfigUser }[]
  readonly contexts?: readonly {
    readonly name: string
    readonly context: {
      readonly cluster: string
      readonly user?: string
      readonly namespace?: string
    }
  }[]
}

export interface KubeconfigCluster {
  readonly server: string
  readonly 'certificate-authority'?: string
  readonly 'certificate-authority-data'?: string
  readonly 'insecure-skip-tls-verify'?: boolean
  readonly 'tls-server-name'?: string
  readonly 'proxy-url'?: string
}

export interface KubeconfigUser {
  readonly 'client-certificate'?: string
  readonly 'client-certificate-data'?: string
  readonly 'client-key'?: string
  readonly 'client-key-data'?: string
  readonly token?: string
  readonly tokenFile?: string
  readonly as?: string
  readonly 'as-groups'?: readonly string[]
  readonly username?: string
  readonly password?: string
  readonly exec?: unknown
  readonly 'auth-provider'?: unknown
}

/** What a kubeconfig decides of a transport; the caller adds the rest (clock, user agent …). */
export type ServerOptions = Pick<
  HttpsTransportOptions,
  | 'server'
  | 'ca'
  | 'cert'
  | 'key'
  | 'serverName'
  | 'insecure'
  | 'token'
  | 'tokenFile'
  | 'impersonate'
> & { readonly namespace?: string }

/**
 * Reads a kubeconfig file. Paths in it are relative to it. Throws an Error that names the file and what
 * is wrong: a context that does not exist, credentials of a kind that is not supported.
 */
export async function loadKubeconfig(path: string, context?: string): Promise<ServerOptions> {
  const config = parseYaml(await readFile(path, 'utf8')) as Kubeconfig | null
  try {
    return await serverOptions(config ?? {}, { context, folder: dirname(path) })
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error })
  }
}

async function serverOptions(
  config: Kubeconfig,
  at: { readonly context: string | undefined; readonly folder: string },
): Promise<ServerOptions> {
  const name = at.context ?? config['current-context'] ?? ''
  const context = config.contexts?.find((entry) => entry.name === name)?.context
  if (context === undefined) throw new Error(`context "${name}" does not exist`)
  const cluster = config.clusters?.find((entry) => entry.name === context.cluster)?.cluster
  if (cluster === undefined) throw new Error(`cluster "${context.cluster}" does not exist`)
  const user = config.users?.find((entry) => entry.name === context.user)?.user ?? {}
  refuseUnsupported(cluster, user)
  const { 'certificate-authority-data': caData, 'certificate-authority': caPath } = cluster
  return defined({
    server: cluster.server,
    ca: await pemAt(at.folder, caData, caPath),
    ...(await credentialsOf(user, at.folder)),
    serverName: cluster['tls-server-name'],
    insecure: cluster['insecure-skip-tls-verify'],
    impersonate:
      user.as === undefined ? undefined : { user: user.as, groups: user['as-groups'] ?? [] },
    namespace: context.namespace,
  })
}

/** What a user of a kubeconfig shows to a server. */
export type UserCredentials = Pick<ServerOptions, 'cert' | 'key' | 'token' | 'tokenFile'> & {
  readonly username?: string
  readonly password?: string
}

/** All users of a kubeconfig by their names. Throws an Error that names the file and what is wrong. */
export async function loadKubeconfigUsers(
  path: string,
): Promise<ReadonlyMap<string, UserCredentials>> {
  const config = parseYaml(await readFile(path, 'utf8')) as Kubeconfig | null
  const users = new Map<string, UserCredentials>()
  try {
    for (const { name, user } of config?.users ?? []) {
      refuseUnsupportedUser(user)
      const { username, password } = user
      const credentials = await credentialsOf(user, dirname(path))
      users.set(name, defined<UserCredentials>({ ...credentials, username, password }))
    }
    return users
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error })
  }
}

async function credentialsOf(user: KubeconfigUser, folder: string) {
  return {
    cert: await pemAt(folder, user['client-certificate-data'], user['client-certificate']),
    key: await pemAt(folder, user['client-key-data'], user['client-key']),
    token: user.token,
    tokenFile: user.tokenFile === undefined ? undefined : resolve(folder, user.tokenFile),
  }
}

function refuseUnsupported(cluster: KubeconfigCluster, user: KubeconfigUser): void {
  if (cluster['proxy-url'] !== undefined) throw unsupported('proxy-url')
  refuseUnsupportedUser(user)
  if (user.username !== undefined) throw unsupported('username and password')
}

function refuseUnsupportedUser(user: KubeconfigUser): void {
  if (user.exec !== undefined) throw unsupported('exec')
  if (user['auth-provider'] !== undefined) throw unsupported('auth-provider')
}

function unsupported(field: string): Error {
  return new Error(`${field} is not supported`)
}

/** Paths are relative to the file. */
function pemAt(
  folder: string,
  data: string | undefined,
  path: string | undefined,
): Promise<Buffer | undefined> {
  return pem(data, path === undefined || path === '' ? undefined : resolve(folder, path))
}

/** Data wins over a path, as in client-go. */
async function pem(
  data: string | undefined,
  path: string | undefined,
): Promise<Buffer | undefined> {
  if (data !== undefined && data !== '') return Buffer.from(data, 'base64')
  return path === undefined ? undefined : await readFile(path)
}

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * The API server as a pod sees it. Throws when the environment or the service account's files are not
 * those of a pod.
 */
export async function inClusterServer(
  env: Readonly<Record<string, string | undefined>>,
): Promise<ServerOptions> {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? ''
  const port = env['KUBERNETES_SERVICE_PORT'] ?? ''
  if (host === '' || port === '') {
    throw new Error(
      'unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be defined',
    )
  }
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: await readFile(`${serviceAccountFolder}/ca.crt`),
    tokenFile: `${serviceAccountFolder}/token`,
  }
}

function defined<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T
}
