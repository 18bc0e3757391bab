/** What commands need of the cluster, made when it is first asked for. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DurationError, formatDuration, parseDurationMs } from '#api/duration.ts'
import { gitVersion } from '#api/version.ts'
import type { FlagValues } from './command-line/parse.ts'
import { clientConfig, namespaceOf } from './config/connection.ts'
import type { ClientConfig, PluginPolicy } from './config/connection.ts'
import { kubeconfigPaths, loadKubeconfig } from './config/kubeconfig.ts'
import type { KubeconfigPaths, MergedKubeconfig } from './config/kubeconfig.ts'
import { Discovery } from './discovery/discovery.ts'
import { Mapper } from './discovery/mapper.ts'
import { CommandError } from './errors.ts'
import type { Io } from './io.ts'
import { credentialsOf } from './rest/credentials.ts'
import { RestClient } from './rest/rest-client.ts'

const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount'

export class Factory {
  readonly #flags: FlagValues
  readonly #io: Io
  readonly #path: string
  readonly #pluginPolicy: PluginPolicy | undefined
  readonly #warned = new Set<string>()
  #config: Promise<MergedKubeconfig> | undefined
  #client: Promise<ClientConfig> | undefined
  #rest: Promise<RestClient> | undefined
  #discovery: Promise<Discovery> | undefined
  #mapper: Promise<Mapper> | undefined

  constructor(flags: FlagValues, io: Io, path: string, pluginPolicy?: PluginPolicy) {
    this.#pluginPolicy = pluginPolicy
    this.#flags = flags
    this.#io = io
    this.#path = path
  }

  get kubeconfigPaths(): KubeconfigPaths {
    return kubeconfigPaths(this.#flags.string('kubeconfig'), this.#io.env)
  }

  config(): Promise<MergedKubeconfig> {
    return (this.#config ??= this.#loadConfig())
  }

  async #loadConfig(): Promise<MergedKubeconfig> {
    const config = await loadKubeconfig(this.kubeconfigPaths)
    if (this.verbosity >= 6) {
      const { klogLine } = await import('./rest/request-log.ts')
      for (const file of config.files) {
        klogLine(this.#io, 'I', `loader.go:407] Config loaded from file:  ${file}`)
      }
    }
    return config
  }

  clientConfig(): Promise<ClientConfig> {
    return (this.#client ??= this.config().then((config) =>
      this.#isInCluster(config) ? this.#inCluster() : clientConfig(config, this.#flags),
    ))
  }

  /** The namespace that the flags and the kubeconfig say, and whether it was a flag. Needs no server. */
  async namespace(): Promise<Pick<ClientConfig, 'namespace' | 'namespaceIsExplicit'>> {
    const config = await this.config()
    if (this.#isInCluster(config)) return await this.#inCluster()
    return namespaceOf(config, this.#flags)
  }

  rest(): Promise<RestClient> {
    return (this.#rest ??= this.#makeRest())
  }

  discovery(): Promise<Discovery> {
    return (this.#discovery ??= this.rest().then(
      (rest) => new Discovery(rest, this.#io, this.cacheFolder),
    ))
  }

  mapper(): Promise<Mapper> {
    return (this.#mapper ??= this.discovery().then((discovery) => new Mapper(discovery)))
  }

  get cacheFolder(): string {
    const { env } = this.#io
    if (this.#flags.given('cache-dir')) return this.#flags.string('cache-dir')
    return env['KUBECACHEDIR'] ?? join(env['HOME'] ?? '', '.kube', 'cache')
  }

  get verbosity(): number {
    return this.#flags.int('v')
  }

  /** Prints warnings of the server, each once. */
  warn(texts: readonly string[]): void {
    for (const text of texts) {
      if (this.#warned.has(text)) continue
      this.#warned.add(text)
      this.#io.stderr(`Warning: ${text}\n`)
    }
  }

  /** Closes what is open; the exit code of a command that did not fail. */
  async finish(): Promise<number> {
    if (this.#rest !== undefined) (await this.#rest).close()
    const count = this.#warned.size
    if (count === 0 || !this.#flags.bool('warnings-as-errors')) return 0
    throw new CommandError(`${count} warning${count === 1 ? '' : 's'} received`)
  }

  async #makeRest(): Promise<RestClient> {
    const { connection: configured } = await this.clientConfig()
    const pluginPolicy = this.#pluginPolicy
    const connection = pluginPolicy === undefined ? configured : { ...configured, pluginPolicy }
    const timeoutMs = requestTimeoutMs(this.#flags.string('request-timeout'))
    const { verbosity } = this
    const log = verbosity < 6 ? undefined : await import('./rest/request-log.ts')
    return new RestClient({
      connection,
      credentials: credentialsOf(connection, this.#io),
      io: this.#io,
      userAgent: `kubectl/${gitVersion} (${this.#io.platform}) kubernetes/k8ts`,
      commandHeader: `kubectl ${this.#path}`,
      timeoutMs,
      timeoutText: timeoutMs === 0 ? '' : formatDuration(timeoutMs),
      log: log?.requestLog(verbosity, this.#io),
      warn: (texts) => this.warn(texts),
    })
  }

  /** A pod that has no kubeconfig uses its service account. */
  #isInCluster(config: MergedKubeconfig): boolean {
    const { env } = this.#io
    return (
      config.files.length === 0 &&
      (env['KUBERNETES_SERVICE_HOST'] ?? '') !== '' &&
      (env['KUBERNETES_SERVICE_PORT'] ?? '') !== '' &&
      this.#flags.string('server') === ''
    )
  }

  async #inCluster(): Promise<ClientConfig> {
    const { inClusterServer } = await import('#client/kubeconfig.ts')
    const { server, ca, tokenFile } = await inClusterServer(this.#io.env)
    const given = this.#flags.string('namespace')
    return {
      connection: {
        server,
        insecure: false,
        disableCompression: false,
        ...(ca !== undefined && { ca: Buffer.from(ca) }),
        ...(tokenFile !== undefined && { tokenFile }),
      },
      namespace: given === '' ? readFileSync(`${serviceAccountFolder}/namespace`, 'utf8') : given,
      namespaceIsExplicit: given !== '',
    }
  }
}

/** Whole seconds, or a number with its unit. Upstream: cmd/util ParseTimeout of client-go's overrides. */
function requestTimeoutMs(text: string): number {
  if (/^\d+$/.test(text)) return Number(text) * 1000
  try {
    return parseDurationMs(text)
  } catch (error) {
    if (!(error instanceof DurationError)) throw error
    throw new CommandError(
      'Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)',
    )
  }
}
