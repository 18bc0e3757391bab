/**
 * The API server, assembled: registry, identity, endpoints, paths, port. Everything is served as soon as
 * `startApiServer` resolves, except what the server's own hooks still write (`ready`).
 */
import { resources as builtIn } from '#resources/all.ts'
import type { Transport } from '#client/transport.ts'
import { Aggregator } from './aggregator/aggregator.ts'
import { byClusterIp, byEndpoint } from './aggregator/locate.ts'
import type { AdmissionPlugin } from './admission/plugin.ts'
import type { UserInfo } from './authentication/authenticator.ts'
import type { Authorizer } from './authorization/authorizer.ts'
import { repairs, startHooksOf } from './bootstrap/hooks.ts'
import type { PostReview } from './crd/conversion-webhook.ts'
import { CustomResources } from './crd/custom-resources.ts'
import { authenticate } from './http/authenticate.ts'
import { createFlowControl } from './flow-control/create-flow-control.ts'
import { Encoder } from './http/encode/encoder.ts'
import { limits } from './http/limits.ts'
import { listen } from './http/listener.ts'
import type { Listener } from './http/listener.ts'
import { negotiator } from './http/media-type.ts'
import { ResourceTable } from './http/resource-table.ts'
import { serve } from './http/serve.ts'
import { Shutdown } from './http/shutdown.ts'
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
import type { StartHook } from './start-hooks.ts'

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
  const resources = new ResourceTable(rows)
  const aggregator = aggregatorOf(options, registry, resources)
  const shutdown = new Shutdown()
  const state = { port, closing: closing.signal, shutdown }
  const assembly = { options, registry, admission, aggregator, ...state }
  const custom = new CustomResources({
    ...options,
    registry,
    resources,
    conversion: { post: conversionOf(assembly), uid: () => options.uid() },
  })
  const startHooks = [...startHooksOf(assembly), ...customHooks(custom, aggregator)]
  const hooks = new StartHooks(startHooks, options.clock, options.log)
  service = assemble(assembly, { resources, hooks })
  const keepers = [custom, ...repairs(assembly, hooks)]
  return running({ ...assembly, listener, hooks, service, keepers }, closing)
}

function conversionOf({ options, registry }: Assembly): PostReview {
  const post = options.parts.conversion?.(registry.objects)
  return post ?? (() => Promise.reject(new Error('this server calls no webhooks')))
}

/** Whose custom kinds are served must be known before anybody says which APIServices are superfluous. */
function customHooks({ hook }: CustomResources, aggregator: Aggregator): readonly StartHook[] {
  const { promise: served, resolve } = Promise.withResolvers<void>()
  return [
    {
      name: hook.name,
      async run(signal) {
        await hook.run(signal)
        resolve()
      },
    },
    {
      name: 'kube-apiserver-autoregistration',
      async run() {
        await served
        await aggregator.register()
      },
    },
  ]
}

/** What all parts of a server are made from. */
export interface Assembly {
  readonly options: ApiServerOptions
  readonly registry: RunningRegistry
  readonly admission: readonly AdmissionPlugin[]
  readonly aggregator: Aggregator
  /** 0: there is no listener. */
  readonly port: number
  readonly closing: AbortSignal
  readonly shutdown: Shutdown
}

function aggregatorOf(
  options: ApiServerOptions,
  { objects }: RunningRegistry,
  table: ResourceTable,
): Aggregator {
  const { clock, log, aggregation = {} } = options
  const { proxyClient, routing = false } = aggregation
  const usual = routing ? byEndpoint(objects, () => options.random()) : byClusterIp(objects)
  return new Aggregator({
    objects,
    table,
    clock,
    log,
    locate: aggregation.locate ?? usual,
    ...(proxyClient !== undefined && { proxyClient }),
  })
}

/** Nothing arrives before the caller goes on, by when the service is there. */
async function open(
  options: ApiServerOptions,
  service: () => Service | undefined,
): Promise<Listener | undefined> {
  if (options.listen === undefined) return undefined
  const requestHeaderCa = options.authentication?.requestHeader?.clientCa
  return listen({
    ...options.listen,
    ...(requestHeaderCa !== undefined && { requestHeaderCa }),
    clock: options.clock,
    random: () => options.random(),
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
  const { options, registry, admission, closing, shutdown } = assembly
  const { clock, log, serving = {} } = options
  const { requestHeader } = options.authentication ?? {}
  const { objects } = registry
  const metrics = new MetricRegistry()
  const loopDelay = new LoopDelay(metrics)
  const { inFlight, flowControl } = createFlowControl(assembly, metrics, loopDelay)
  addProcessMetrics(metrics, clock.nowMs())
  for (const plugin of admission) plugin.measure?.(metrics)
  const identity = createIdentity({ options, objects, clock, url: urlOf(assembly), admission })
  const authorizer: Authorizer = options.parts.authorizer(objects)
  const auditor = options.auditor?.(metrics)
  return {
    engine: {
      registry,
      resources,
      endpoints: endpointsOf(assembly, identity.endpoints),
      paths: pathsOf(assembly, { resources, hooks, metrics, loopDelay, flowControl }),
      aggregator: assembly.aggregator,
      clock,
      watchTimeoutMinMs: serving.watchTimeoutMinMs ?? limits.watchTimeoutMinMs,
      random: () => options.random(),
    },
    encoder: new Encoder(clock),
    outbox: new WatchOutbox(),
    negotiate: {
      everything: negotiator('everything'),
      protobufOfMetadata: negotiator('protobufOfMetadata'),
    },
    authenticate: authenticate({
      authenticator: identity.authenticator,
      clock,
      ...(requestHeader !== undefined && { requestHeader }),
    }),
    authorizer,
    ...(auditor !== undefined && { auditor }),
    inFlight,
    requestTimeoutMs: serving.requestTimeoutMs ?? limits.requestTimeoutMs,
    shutdown,
    ...(flowControl !== undefined && { flowControl }),
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
  const { registry, hooks, service, keepers } = server
  return {
    port: server.port,
    url: urlOf(server),
    objects: registry.objects,
    resources: service.engine.resources,
    transport: (user) => inMemoryTransport(service, user),
    ready: (signal) => hooks.done(signal),
    async [Symbol.asyncDispose]() {
      await drain(server, closing)
      service.flowControl?.[Symbol.dispose]()
      await hooks[Symbol.asyncDispose]()
      await server.aggregator[Symbol.asyncDispose]()
      for (const keeper of keepers) await keeper[Symbol.asyncDispose]()
      await server.options.parts.close?.(registry.objects)
      await registry[Symbol.asyncDispose]()
    },
  }
}

/** What has begun to end is not stopped. */
const never = new AbortController().signal

/** Resolves when nobody is served any more. */
async function drain(
  { options, listener, service, shutdown }: Running,
  closing: AbortController,
): Promise<void> {
  const { shutdownDelayMs = 0, shutdownSendsRetryAfter = false } = options.serving ?? {}
  shutdown.announce()
  if (listener !== undefined && shutdownDelayMs > 0) {
    await options.clock.sleep(shutdownDelayMs, never)
  }
  if (shutdownSendsRetryAfter) shutdown.refuse()
  closing.abort()
  if (listener !== undefined && shutdownSendsRetryAfter) {
    await service.inFlight.idle(service.requestTimeoutMs)
  }
  await listener?.close(service.requestTimeoutMs)
}
