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
  const file = (data: string | undefined, path: string | undefined) =>
    pem(data, path === undefined || path === '' ? undefined : resolve(at.folder, path))
  return defined({
    server: cluster.server,
    ca: await file(cluster['certificate-authority-data'], cluster['certificate-authority']),
    cert: await file(user['client-certificate-data'], user['client-certificate']),
    key: await file(user['client-key-data'], user['client-key']),
    serverName: cluster['tls-server-name'],
    insecure: cluster['insecure-skip-tls-verify'],
    token: user.token,
    tokenFile: user.tokenFile === undefined ? undefined : resolve(at.folder, user.tokenFile),
    impersonate:
      user.as === undefined ? undefined : { user: user.as, groups: user['as-groups'] ?? [] },
    namespace: context.namespace,
  })
}

function refuseUnsupported(cluster: KubeconfigCluster, user: KubeconfigUser): void {
  const refuse = (field: string): never => {
    throw new Error(`${field} is not supported`)
  }
  if (cluster['proxy-url'] !== undefined) refuse('proxy-url')
  if (user.exec !== undefined) refuse('exec')
  if (user['auth-provider'] !== undefined) refuse('auth-provider')
  if (user.username !== undefined) refuse('username and password')
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
