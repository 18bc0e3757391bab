/**
 * The API server, assembled: registry, identity, endpoints, paths, port. Everything is served as soon as
 * `startApiServer` resolves, except what the server's own hooks still write (`ready`).
 */
import { resources as builtIn } from '#resources/all.ts'
import type { Transport } from '#client/transport.ts'
import type { AdmissionPlugin } from './admission/plugin.ts'
import type { UserInfo } from './authentication/authenticator.ts'
import type { Authorizer } from './authorization/authorizer.ts'
import { repairs, startHooksOf } from './bootstrap/hooks.ts'
import { authenticate } from './http/authenticate.ts'
import { Encoder } from './http/encode/encoder.ts'
import { InFlight } from './http/in-flight.ts'
import { limits } from './http/limits.ts'
import { listen } from './http/listener.ts'
import type { Listener } from './http/listener.ts'
import { negotiator } from './http/media-type.ts'
import { ResourceTable } from './http/resource-table.ts'
import { serve } from './http/serve.ts'
import type { Service } from './http/serve.ts'
import { isUpgrade, serveUpgrade } from './http/serve-upgrade.ts'
import { WatchOutbox } from './http/watch-outbox.ts'
import { createIdentity } from './identity.ts'
import { inMemoryTransport } from './in-memory-transport.ts'
import { addProcessMetrics, LoopDelay } from './metrics/process.ts'
import { MetricRegistry } from './metrics/registry.ts'
import { RequestMetrics } from './metrics/requests.ts'
import { createRegistry } from './registry/create-registry.ts'
import type { RunningRegistry } from './registry/create-registry.ts'
import type { Objects } from './registry/objects.ts'
import { endpointsOf } from './server-endpoints.ts'
import type { ApiServerOptions } from './server-options.ts'
import { pathsOf } from './server-paths.ts'
import { StartHooks } from './start-hooks.ts'

export interface ApiServer extends AsyncDisposable {
  /** Of the TLS listener; 0: there is none. */
  readonly port: number
  /** `https://192.0.2.2:6443`, by the advertised address. */
  readonly url: string
  readonly objects: Objects
  readonly resources: ResourceTable
  /** Asks the server from this process, as this user: the same law, nothing encoded. */
  transport(user: UserInfo): Transport
  /** Resolves when the server has written all that it writes by itself at the start. */
  ready(signal: AbortSignal): Promise<void>
}

/** Rejects when the storage cannot be read or the port is taken. */
export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const rows = options.resources ?? builtIn
  const admission: AdmissionPlugin[] = []
  const { allocators } = options.parts
  const registry = await createRegistry({
    ...options,
    resources: rows,
    admission,
    ...(allocators !== undefined && { allocators }),
  })
  admission.push(...options.parts.admission(registry.objects))
  const closing = new AbortController()
  let service: Service | undefined
  const listener = await open(options, () => service)
  const port = listener?.port ?? 0
  const assembly = { options, registry, admission, port, closing: closing.signal }
  const hooks = new StartHooks(startHooksOf(assembly), options.clock, options.log)
  service = assemble(assembly, { resources: new ResourceTable(rows), hooks })
  return running({ ...assembly, listener, hooks, service, keepers: repairs(assembly) }, closing)
}

/** What all parts of a server are made from. */
export interface Assembly {
  readonly options: ApiServerOptions
  readonly registry: RunningRegistry
  readonly admission: readonly AdmissionPlugin[]
  /** 0: there is no listener. */
  readonly port: number
  readonly closing: AbortSignal
}

/** Nothing arrives before the caller goes on, by when the service is there. */
async function open(
  options: ApiServerOptions,
  service: () => Service | undefined,
): Promise<Listener | undefined> {
  if (options.listen === undefined) return undefined
  return listen({
    ...options.listen,
    clock: options.clock,
    serve(exchange) {
      const current = service()
      if (current !== undefined) void serve(current, exchange)
    },
    upgrades(request) {
      const current = service()
      return current !== undefined && isUpgrade(current.engine, request)
    },
    upgrade(upgrade) {
      const current = service()
      if (current !== undefined) void serveUpgrade(current, upgrade)
    },
  })
}

interface Shared {
  readonly resources: ResourceTable
  readonly hooks: StartHooks
}

function assemble(assembly: Assembly, { resources, hooks }: Shared): Service {
  const { options, registry, admission, closing } = assembly
  const { clock, log } = options
  const { objects } = registry
  const metrics = new MetricRegistry()
  const loopDelay = new LoopDelay(metrics)
  const inFlight = new InFlight(clock, loopDelay)
  addProcessMetrics(metrics, clock.nowMs())
  const identity = createIdentity({ options, objects, clock, url: urlOf(assembly), admission })
  const authorizer: Authorizer = options.parts.authorizer(objects)
  return {
    engine: {
      registry,
      resources,
      endpoints: endpointsOf(assembly, identity.endpoints),
      paths: pathsOf(assembly, { resources, hooks, metrics, loopDelay }),
      clock,
      random: () => options.random(),
    },
    encoder: new Encoder(clock),
    outbox: new WatchOutbox(),
    negotiate: negotiator(),
    authenticate: authenticate(identity.authenticator, clock),
    authorizer,
    inFlight,
    metrics: new RequestMetrics(metrics, inFlight, clock),
    log,
    closing,
    auditId: () => options.uid(),
  }
}

export function urlOf({ options, port }: Pick<Assembly, 'options' | 'port'>): string {
  const { advertiseAddress } = options
  const host = advertiseAddress.includes(':') ? `[${advertiseAddress}]` : advertiseAddress
  return `https://${host}:${port}`
}

interface Running extends Assembly {
  readonly listener: Listener | undefined
  readonly hooks: StartHooks
  readonly service: Service
  readonly keepers: readonly AsyncDisposable[]
}

function running(server: Running, closing: AbortController): ApiServer {
  const { registry, listener, hooks, service, keepers } = server
  return {
    port: server.port,
    url: urlOf(server),
    objects: registry.objects,
    resources: service.engine.resources,
    transport: (user) => inMemoryTransport(service, user),
    ready: (signal) => hooks.done(signal),
    async [Symbol.asyncDispose]() {
      closing.abort()
      await listener?.close(limits.drainMs)
      await hooks[Symbol.asyncDispose]()
      for (const keeper of keepers) await keeper[Symbol.asyncDispose]()
      await server.options.parts.close?.(registry.objects)
      await registry[Symbol.asyncDispose]()
    },
  }
}
