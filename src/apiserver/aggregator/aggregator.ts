/**
 * The aggregation layer: which group versions other servers answer, and the APIServices of those that this
 * one does. Upstream: staging/src/k8s.io/kube-aggregator/pkg/apiserver/apiserver.go, v1.36.
 */
import type { APIService } from '#api/apiregistration/v1.gen.ts'
import { apiservices, endpointslices, services } from '#api/resources.gen.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import { keep } from '#apiserver/bootstrap/keep.ts'
import type { RemoteVersion, RemoteVersions } from '#apiserver/discovery/groups.ts'
import type { Aggregation } from '#apiserver/http/dispatch.ts'
import type { RequestInfo } from '#apiserver/http/request-info.ts'
import type { ResourceTable } from '#apiserver/http/resource-table.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import type { ProxyClient } from './backend.ts'
import { syncServices } from './local-services.ts'
import type { Locate } from './locate.ts'
import { RemoteDocuments } from './remote-openapi.ts'
import { RemoteApi } from './remote-api.ts'

export interface AggregatorOptions {
  readonly objects: Objects
  readonly table: ResourceTable
  readonly clock: Clock
  readonly log: Logger
  readonly locate: Locate
  /** Absent: servers see no certificate of this one. */
  readonly proxyClient?: ProxyClient
}

export class Aggregator implements Aggregation, RemoteVersions, AsyncDisposable {
  readonly #options: AggregatorOptions
  /** By `group/version`. */
  readonly #remotes = new Map<string, RemoteApi>()
  readonly #owned = new AsyncDisposableStack()
  #generation = 0

  readonly openApi: RemoteDocuments

  constructor(options: AggregatorOptions) {
    this.#options = options
    const { objects, clock } = options
    this.openApi = new RemoteDocuments(() => this.#remotes.values(), clock)
    for (const service of objects.list(apiservices)) this.#follow(service)
    this.#owned.use(
      objects.subscribe(apiservices, (service, type) => {
        if (type === 'DELETED') this.#drop(service)
        else this.#follow(service)
      }),
    )
    this.#owned.use(
      objects.subscribe(services, ({ metadata }) => this.#wake(metadata.namespace, metadata.name)),
    )
    this.#owned.use(
      objects.subscribe(endpointslices, ({ metadata }) =>
        this.#wake(metadata.namespace, metadata.labels?.['kubernetes.io/service-name']),
      ),
    )
  }

  get generation(): number {
    return this.#generation
  }

  versions(): readonly RemoteVersion[] {
    return [...this.#remotes.values()].map(({ version }) => version)
  }

  of({ isResource, group, version, path }: RequestInfo): RemoteApi | undefined {
    if (this.#remotes.size === 0) return undefined
    if (isResource) return this.#remotes.get(`${group}/${version}`)
    const [, root, first = '', second = ''] = path.split('/')
    if (root === 'apis') return this.#remotes.get(`${first}/${second}`)
    return root === 'api' ? this.#remotes.get(`/${first}`) : undefined
  }

  /** Writes the APIServices of this server, then sees to those of custom kinds. */
  async register(): Promise<void> {
    const { objects, table, clock, log } = this.#options
    await syncServices(objects, table, true)
    this.#owned.use(
      keep({
        repair: () => syncServices(objects, table, false),
        subscribe: (changed) => [
          table.subscribe(changed),
          objects.subscribe(apiservices, () => changed()),
        ],
        clock,
        log,
      }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync()
    const remotes = [...this.#remotes.values()]
    this.#remotes.clear()
    await Promise.all(remotes.map((remote) => remote[Symbol.asyncDispose]()))
  }

  #follow(service: APIService): void {
    if (service.spec.service === undefined) return this.#drop(service)
    const key = keyOf(service)
    const known = this.#remotes.get(key)
    if (known !== undefined) return known.update(service)
    const { objects, clock, log, locate, proxyClient } = this.#options
    const remote = new RemoteApi(service, {
      objects,
      clock,
      log,
      async connect(spec) {
        const { openBackend } = await import('./backend.ts')
        return openBackend({ spec, locate, proxyClient })
      },
      changed: () => void (this.#generation += 1),
    })
    this.#remotes.set(key, remote)
    this.#generation += 1
  }

  #drop(service: APIService): void {
    const key = keyOf(service)
    const known = this.#remotes.get(key)
    if (known === undefined) return
    this.#remotes.delete(key)
    this.#generation += 1
    void known[Symbol.asyncDispose]()
  }

  #wake(namespace: string | undefined, name: string | undefined): void {
    if (this.#remotes.size === 0 || namespace === undefined || name === undefined) return
    for (const remote of this.#remotes.values()) {
      if (remote.dependsOn(namespace, name)) remote.wake()
    }
  }
}

function keyOf({ spec: { group = '', version = '' } }: APIService): string {
  return `${group}/${version}`
}
