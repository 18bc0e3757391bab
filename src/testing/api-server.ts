/** A whole API server in this process with a memory store, for tests and for trying things out. */
import { randomUUID } from 'node:crypto'
import { silentLogger } from '#base/logger.ts'
import type { Logger } from '#base/logger.ts'
import type { Clock } from '#base/clock.ts'
import { systemClock } from '#base/system-clock.ts'
import { createClusterPki } from '#bootstrap/pki/cluster-pki.ts'
import type { ClusterPki } from '#bootstrap/pki/cluster-pki.ts'
import { proxies } from '#apiserver/proxy/proxies.ts'
import { startApiServer } from '#apiserver/server.ts'
import type { ApiServer } from '#apiserver/server.ts'
import { standardParts } from '#apiserver/standard-parts.ts'
import type { ApiServerOptions, ApiServerParts, ListenOptions } from '#apiserver/server-options.ts'
import type { Storage } from '#storage/storage.ts'
import { openMemory } from '#storage/memory/memory.ts'

export interface TestApiServerOptions {
  readonly clock?: Clock
  readonly log?: Logger
  readonly headersTimeoutMs?: number
  /** False: no listener, only transports in this process. */
  readonly port?: false
  /** Stays the caller's to close, after the server; default: one of its own. */
  readonly storage?: Storage
  /** In place of the standard parts. */
  readonly parts?: Partial<ApiServerParts>
  /** Whatever else a server can be told, from its certificates. */
  readonly more?: (pki: ClusterPki) => Partial<ApiServerOptions>
  readonly flowControl?: ApiServerOptions['flowControl']
  readonly serving?: ApiServerOptions['serving']
  readonly listen?: Pick<ListenOptions, 'streamsMax' | 'goawayChance'>
  /** Absent: no audit log. */
  readonly auditor?: ApiServerOptions['auditor']
}

export interface TestApiServer extends AsyncDisposable {
  readonly server: ApiServer
  readonly pki: ClusterPki
}

const ranges = {
  serviceClusterIpRange: '10.96.0.0/12',
  serviceNodePortRange: { from: 30_000, to: 32_767 },
}

export const master = { name: 'test', groups: ['system:masters'] }

/** Listens on 127.0.0.1; resolves when the server's own objects are written. */
export async function startTestApiServer(
  options: TestApiServerOptions = {},
): Promise<TestApiServer> {
  const { clock = systemClock, log = silentLogger } = options
  const pki = await createClusterPki({
    nowMs: Date.now(),
    nodeName: 'test',
    nodeAddresses: ['127.0.0.1'],
    apiserverNames: ['127.0.0.1', 'localhost'],
    serviceAddress: '10.96.0.1',
  })
  const storage = options.storage ?? openMemory({ clock })
  const server = await startApiServer({
    storage,
    clock,
    log,
    random: () => Math.random(),
    uid: () => randomUUID(),
    ...(options.port !== false && { listen: listenOptions(pki, options) }),
    advertiseAddress: '192.0.2.1',
    serviceAccount: {
      issuer: 'https://kubernetes.default.svc.cluster.local',
      key: pki.serviceAccount.key,
    },
    ...ranges,
    ...(options.flowControl !== undefined && { flowControl: options.flowControl }),
    ...(options.serving !== undefined && { serving: options.serving }),
    ...(options.auditor !== undefined && { auditor: options.auditor }),
    parts: {
      ...standardParts({
        clock,
        log,
        random: () => Math.random(),
        uid: () => randomUUID(),
        ...ranges,
        authorizationModes: ['Node', 'RBAC'],
        admissionPlugins: { enable: ['NodeRestriction'], disable: [] },
        endpoints: (objects) =>
          proxies({ ...kubeletClient(pki), objects: () => objects }, Math.random),
      }),
      ...options.parts,
    },
    ...options.more?.(pki),
  })
  await server.ready(AbortSignal.timeout(10_000))
  return {
    server,
    pki,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      if (options.storage === undefined) await storage[Symbol.asyncDispose]()
    },
  }
}

function kubeletClient({ ca, apiserverKubeletClient: { certificate, key } }: ClusterPki) {
  return { ca: ca.certificate, cert: certificate, key }
}

function listenOptions(
  pki: ClusterPki,
  { headersTimeoutMs, listen }: TestApiServerOptions,
): ListenOptions {
  return {
    ...listen,
    address: '127.0.0.1',
    port: 0,
    cert: pki.apiserver.certificate,
    key: pki.apiserver.key,
    clientCa: pki.ca.certificate,
    ...(headersTimeoutMs !== undefined && { headersTimeoutMs }),
  }
}
