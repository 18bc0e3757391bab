/** Where objects are kept: a SQLite file, or an etcd cluster by upstream's flags. */
import type { ComponentCheck } from '#apiserver/http/component-status.ts'
import type { CompactionOptions } from '#apiserver/registry/compaction.ts'
import type { Logger } from '#base/logger.ts'
import { UserError } from '#base/user-error.ts'
import { localCompactor } from '#storage/compactor.ts'
import type { EtcdStorage } from '#storage/etcd/etcd.ts'
import type { Storage } from '#storage/storage.ts'
import type { Flag, Parsed } from './flags.ts'
import type { World } from './program.ts'
import { read } from './read-file.ts'

/** Which etcd, and how to reach it: of all programs that may use one. */
export const etcdFlags: readonly Flag[] = [
  {
    name: 'etcd-servers',
    kind: 'strings',
    usage: 'etcd servers to connect with (scheme://ip:port)',
  },
  {
    name: 'etcd-prefix',
    kind: 'string',
    default: '/registry',
    usage: 'what keys in etcd begin with',
  },
  { name: 'etcd-cafile', kind: 'string', usage: "who signs etcd's certificates" },
  { name: 'etcd-certfile', kind: 'string', usage: 'the certificate that is shown to etcd' },
  { name: 'etcd-keyfile', kind: 'string', usage: 'the key of it' },
]

export const storageFlags: readonly Flag[] = [
  {
    name: 'storage-backend',
    kind: 'string',
    usage: 'etcd3, or sqlite; default: etcd3 when --etcd-servers is given',
  },
  { name: 'storage-file', kind: 'string', usage: 'the SQLite database' },
  ...etcdFlags,
  {
    name: 'etcd-compaction-interval',
    kind: 'duration',
    default: '5m0s',
    usage: 'how often history is forgotten; 0: never',
  },
  {
    name: 'etcd-healthcheck-timeout',
    kind: 'duration',
    default: '2s',
    usage: 'how long the store may take to answer a health check',
  },
  {
    name: 'etcd-readycheck-timeout',
    kind: 'duration',
    default: '2s',
    usage: 'how long the store may take to answer a readiness check',
  },
  {
    name: 'lease-reuse-duration-seconds',
    kind: 'integer',
    default: 60,
    usage: 'how long a lease is given to further events, so that etcd has fewer of them',
  },
  {
    name: 'etcd-v2-keys-port',
    kind: 'integer',
    default: 0,
    usage:
      "shows what is stored, Secrets too, to every user of this machine: as etcd's v2 keys, read-only, by plain HTTP on this port of 127.0.0.1 (4001 in old books); 0: off",
  },
]

export interface OpenedStorage extends AsyncDisposable {
  readonly storage: Storage
  /** Other API servers may use it, too. */
  readonly isStoreShared: boolean
  readonly compaction: CompactionOptions
  /** For `kubectl get componentstatuses`; undefined: the server's own. */
  readonly storeChecks?: readonly ComponentCheck[]
}

export interface StorageParts {
  readonly flags: Parsed
  readonly world: World
  readonly log: Logger
}

/** Opens what the flags name. Throws UserError when they contradict each other. */
export async function openStorage(parts: StorageParts): Promise<OpenedStorage> {
  await using stack = new AsyncDisposableStack()
  const backend = stack.use(await openBackend(parts))
  const port = parts.flags.integer('etcd-v2-keys-port')
  if (port !== 0) {
    const { serveV2Keys } = await import('#storage/v2-keys/server.ts')
    const log = parts.log.named('v2-keys')
    stack.use(await serveV2Keys({ storage: backend.storage, port, log }))
  }
  const owned = stack.move()
  return { ...backend, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

async function openBackend(parts: StorageParts): Promise<OpenedStorage> {
  const { flags } = parts
  const intervalMs = flags.durationMs('etcd-compaction-interval')
  if (backendOf(flags) === 'sqlite') {
    const storage = await openFile(flags.string('storage-file'), parts.world)
    const compaction = { intervalMs, compactor: localCompactor(storage) }
    const close = async (): Promise<void> => storage[Symbol.asyncDispose]()
    return { storage, isStoreShared: false, compaction, [Symbol.asyncDispose]: close }
  }
  const { sharedCompactor } = await import('#storage/etcd/compactor.ts')
  const leaseReuseSeconds = flags.integer('lease-reuse-duration-seconds')
  const storage = await openEtcdCluster(parts, { leaseReuseSeconds })
  return {
    storage,
    isStoreShared: true,
    compaction: { intervalMs, compactor: sharedCompactor(storage.client) },
    storeChecks: storage.endpoints.map((endpoint, i) => ({
      name: `etcd-${i}`,
      async check() {
        await storage.client.status(endpoint)
        return 'ok'
      },
    })),
    [Symbol.asyncDispose]: () => storage[Symbol.asyncDispose](),
  }
}

export async function openFile(path: string, { clock }: Pick<World, 'clock'>): Promise<Storage> {
  if (path === '') throw new UserError('--storage-file is needed')
  const { openSqlite } = await import('#storage/sqlite/sqlite.ts')
  return openSqlite({ path, clock })
}

/** By {@link etcdFlags}. */
export async function openEtcdCluster(
  { flags, world, log }: StorageParts,
  more: { readonly leaseReuseSeconds?: number } = {},
): Promise<EtcdStorage> {
  const endpoints = flags.strings('etcd-servers')
  if (endpoints.length === 0) throw new UserError('--etcd-servers must be specified')
  for (const endpoint of endpoints) checkEndpoint(endpoint)
  const [ca, cert, key] = await Promise.all(
    ['etcd-cafile', 'etcd-certfile', 'etcd-keyfile'].map((name) => optional(flags, name)),
  )
  if ((cert === undefined) !== (key === undefined)) {
    throw new UserError('--etcd-certfile and --etcd-keyfile go together')
  }
  const { openEtcd } = await import('#storage/etcd/etcd.ts')
  try {
    return await openEtcd({
      endpoints,
      tls: {
        ...(ca !== undefined && { ca }),
        ...(cert !== undefined && { cert }),
        ...(key !== undefined && { key }),
      },
      prefix: flags.string('etcd-prefix'),
      ...more,
      clock: world.clock,
      log: log.named('etcd'),
      random: world.random,
    })
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'GrpcError') throw error
    throw new UserError(`no etcd server answers (${endpoints.join(', ')}): ${error.message}`)
  }
}

function backendOf(flags: Parsed): 'sqlite' | 'etcd3' {
  const asked = flags.string('storage-backend')
  if (asked === 'etcd3' || asked === 'sqlite') return asked
  if (asked !== '') {
    throw new UserError(`--storage-backend invalid, allowed values: etcd3, sqlite, not ${asked}`)
  }
  return flags.strings('etcd-servers').length > 0 ? 'etcd3' : 'sqlite'
}

function checkEndpoint(endpoint: string): void {
  const url = URL.parse(endpoint)
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.pathname !== '/') {
    throw new UserError(`--etcd-servers: ${endpoint} must be http://HOST:PORT or https://HOST:PORT`)
  }
}

async function optional(flags: Parsed, name: string): Promise<string | undefined> {
  const path = flags.string(name)
  return path === '' ? undefined : read(name, path)
}
