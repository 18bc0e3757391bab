/**
 * A group version that a server behind this one answers: passed on while its APIService is Available,
 * which is found out here.
 * Upstream: staging/src/k8s.io/kube-aggregator/pkg/apiserver/handler_proxy.go and
 * pkg/controllers/status/remote/remote_available_controller.go, v1.36.
 */
import type { APIService, APIServiceSpec } from '#api/apiregistration/v1.gen.ts'
import { findCondition, isConditionTrue, withCondition } from '#api/meta/conditions.ts'
import { isStatus } from '#api/meta/status.ts'
import { apiservices, services } from '#api/resources.gen.ts'
import { timestamp } from '#base/clock.ts'
import type { Clock } from '#base/clock.ts'
import type { Logger } from '#base/logger.ts'
import type { RemoteVersion } from '#apiserver/discovery/groups.ts'
import { plainText } from '#apiserver/http/answer.ts'
import type { RawAnswer } from '#apiserver/http/answer.ts'
import type { UpgradeRequest } from '#apiserver/http/endpoint.ts'
import type { Incoming } from '#apiserver/http/incoming.ts'
import type { Objects } from '#apiserver/registry/objects.ts'
import { judge, passed, refused } from './availability.ts'
import type { Verdict } from './availability.ts'
import type { Backend } from './backend.ts'
import { limits } from './limits.ts'
import { slicesOf } from './locate.ts'
import { discoveryOf, parseResourceList } from './remote-resources.ts'

export interface RemoteApiDeps {
  readonly objects: Objects
  readonly clock: Clock
  readonly log: Logger
  connect(spec: APIServiceSpec): Promise<Backend>
  /** What discovery shows of it has changed. */
  changed(): void
}

export class RemoteApi implements AsyncDisposable {
  readonly #deps: RemoteApiDeps
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #service: APIService
  #backend: Promise<Backend> | undefined
  #resources: readonly object[] = []
  #freshness: RemoteVersion['freshness'] = 'Stale'
  /** Counts the changes of the spec: what a check began for may not be wanted at its end. */
  #epoch = 0
  /** Ends the pause between two checks. */
  #pause = new AbortController()

  constructor(service: APIService, deps: RemoteApiDeps) {
    this.#service = service
    this.#deps = deps
    this.#running = this.#run()
  }

  get path(): string {
    const { group = '', version = '' } = this.#service.spec
    return group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  }

  get isAvailable(): boolean {
    return isConditionTrue(this.#service.status?.conditions, 'Available')
  }

  get version(): RemoteVersion {
    const { group = '', version = '', groupPriorityMinimum, versionPriority } = this.#service.spec
    const priority = { group: groupPriorityMinimum, version: versionPriority }
    const [freshness, resources] = [this.#freshness, this.#resources]
    return { group, version, priority, freshness, resources }
  }

  /** Whether a change of the Service or of what is behind it matters here. */
  dependsOn(namespace: string, name: string): boolean {
    const { service } = this.#service.spec
    return service?.namespace === namespace && service.name === name
  }

  update(service: APIService): void {
    const prior = this.#service
    this.#service = service
    if (JSON.stringify(prior.spec) === JSON.stringify(service.spec)) return
    this.#epoch += 1
    this.#forget()
    this.#deps.changed()
    this.wake()
  }

  /** Looks again now. */
  wake(): void {
    this.#pause.abort()
  }

  async answer(request: Incoming): Promise<RawAnswer> {
    if (!this.isAvailable) return plainText(503, 'service unavailable\n')
    return (await this.#connect()).passOn(request)
  }

  async upgrade(request: UpgradeRequest): Promise<void> {
    if (this.isAvailable) return (await this.#connect()).upgrade(request)
    const body = 'service unavailable\n'
    request.socket.end(
      `HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    )
  }

  /** A document of the server; undefined: it has none, or cannot be asked. */
  async document(path: string, accept: string): Promise<string | undefined> {
    if (!this.isAvailable) return undefined
    try {
      const { signal } = this.#stop
      const { status, body } = await (await this.#connect()).ask(path, { accept, signal })
      return status === 200 ? body : undefined
    } catch (error) {
      this.#deps.log.v(2)?.info('A server behind this one kept a document back', {
        path,
        err: String(error),
      })
      return undefined
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    this.#pause.abort()
    await this.#running
    this.#forget()
  }

  #connect(): Promise<Backend> {
    this.#backend ??= this.#deps.connect(this.#service.spec)
    return this.#backend
  }

  #forget(): void {
    const backend = this.#backend
    this.#backend = undefined
    void backend?.then((open) => open[Symbol.dispose]())
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#deps
    const { signal } = this.#stop
    for (let pauseMs: number = limits.retryMinMs; !signal.aborted;) {
      this.#pause = new AbortController()
      try {
        const isPassed = await this.#check(signal)
        pauseMs = isPassed ? limits.resyncMs : Math.min(pauseMs * 2, limits.resyncMs)
      } catch (error) {
        log.error('Checking an APIService failed', error, { name: this.#service.metadata.name })
      }
      if (!signal.aborted) await clock.sleep(pauseMs, this.#pause.signal)
    }
  }

  async #check(signal: AbortSignal): Promise<boolean> {
    const { objects } = this.#deps
    const epoch = this.#epoch
    const reference = this.#service.spec.service ?? {}
    const service = objects.get(services, reference.namespace ?? '', reference.name ?? '')
    const slices = slicesOf(objects, reference)
    const verdict = judge(reference, { service, slices }) ?? (await this.#discover(signal))
    if (signal.aborted || this.#epoch !== epoch) return false
    if (verdict.status === 'False') this.#show('Stale', this.#resources)
    await this.#report(verdict)
    return verdict.status === 'True'
  }

  /** Asks several times, since endpoints differ; the list of resources that comes is kept. */
  async #discover(signal: AbortSignal): Promise<Verdict> {
    const backend = await this.#connect()
    const attempt = async (): Promise<string> => ask(backend, this.path, signal)
    try {
      const more = () => Promise.any(Array.from({ length: limits.askAttempts - 1 }, attempt))
      const body = await attempt().catch(more)
      const { group = '', version = '' } = this.#service.spec
      this.#show('Current', discoveryOf({ group, version }, parseResourceList(body)))
      return passed
    } catch (error) {
      const failure = error instanceof AggregateError ? error.errors.at(-1) : error
      return refused('FailedDiscoveryCheck', (failure as Error).message)
    }
  }

  #show(freshness: RemoteVersion['freshness'], resources: readonly object[]): void {
    const isSame =
      this.#freshness === freshness &&
      (this.#resources === resources ||
        JSON.stringify(this.#resources) === JSON.stringify(resources))
    if (isSame) return
    this.#freshness = freshness
    this.#resources = resources
    this.#deps.changed()
  }

  async #report(verdict: Verdict): Promise<void> {
    const { objects, clock } = this.#deps
    const { name } = this.#service.metadata
    const next = {
      type: 'Available',
      ...verdict,
      lastTransitionTime: timestamp(clock.nowMs()),
    }
    const known = findCondition(this.#service.status?.conditions, 'Available')
    if (known?.reason === next.reason && known?.message === next.message) return
    try {
      const at = { namespace: '', name, subresource: 'status' }
      await objects.modify(apiservices, at, (service) => {
        const conditions = withCondition(service.status?.conditions, next)
        service.status = { ...service.status, conditions }
      })
    } catch (error) {
      if (!isStatus(error, 'NotFound') && !isStatus(error, 'Conflict')) throw error
    }
  }
}

async function ask(backend: Backend, path: string, signal: AbortSignal): Promise<string> {
  const url = backend.urlOf(path)
  const failed = (why: string): Error =>
    new Error(`failing or missing response from ${url}: ${why}`)
  const accept = 'application/json'
  const { status, body } = await backend.ask(path, { accept, signal }).catch((error: Error) => {
    throw failed(`Get ${JSON.stringify(url)}: ${error.message}`)
  })
  if (status < 200 || status >= 300) throw failed(`bad status from ${url}: ${status}`)
  return body
}
