/** The paths that are no resources: discovery, OpenAPI, health, version, metrics, the index. */
import { goArchitecture } from '#api/version.ts'
import { discoveryPaths } from './discovery/paths.ts'
import { servedGroups } from './discovery/groups.ts'
import type { RemoteVersions } from './discovery/groups.ts'
import type { PathHandler } from './http/dispatch.ts'
import { dumpPaths, flowControlPaths } from './flow-control/dump.ts'
import type { FlowControl } from './flow-control/flow-control.ts'
import { healthIndex, healthPaths, ping } from './http/health.ts'
import type { HealthCheck } from './http/health.ts'
import type { ResourceTable } from './http/resource-table.ts'
import { indexPath, metricsPath, versionPath } from './http/root-paths.ts'
import type { LoopDelay } from './metrics/process.ts'
import type { MetricRegistry } from './metrics/registry.ts'
import { openApiPaths } from './openapi/paths.ts'
import type { Assembly } from './server.ts'
import type { ApiServerOptions } from './server-options.ts'
import type { StartHooks } from './start-hooks.ts'

export interface PathParts {
  readonly resources: ResourceTable
  readonly hooks: StartHooks
  readonly metrics: MetricRegistry
  readonly loopDelay: LoopDelay
  readonly flowControl: FlowControl | undefined
}

export function pathsOf(assembly: Assembly, parts: PathParts): readonly PathHandler[] {
  const { options, port } = assembly
  const { resources, metrics, loopDelay, flowControl } = parts
  const checks = checksOf(assembly, parts.hooks)
  const platform = `${process.platform}/${goArchitecture(process.arch)}`
  return [
    healthPaths(checks, options.log),
    versionPath({ nodeVersion: process.versions.node, platform }),
    discoveryPaths({
      table: resources,
      remote: assembly.aggregator,
      serverAddress: () => `${options.advertiseAddress}:${port}`,
    }),
    openApiPaths(resources, assembly.aggregator.openApi),
    metricsPath(metrics, loopDelay),
    flowControlPaths(() => flowControl),
    indexPath(() => [
      ...fixedPaths,
      ...healthIndex(checks),
      ...groupPaths(resources, assembly.aggregator),
    ]),
  ]
}

const fixedPaths = [
  '/.well-known/openid-configuration',
  '/api',
  '/apis',
  ...dumpPaths,
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/',
  '/openid/v1/jwks',
  '/version',
]

function groupPaths(resources: ResourceTable, remote: RemoteVersions): readonly string[] {
  return servedGroups(resources, remote).flatMap(({ name, versions }) => {
    const root = name === '' ? '/api' : `/apis/${name}`
    return [root, ...versions.map(({ version }) => `${root}/${version}`)]
  })
}

/** Upstream's names; a store that is not etcd answers for it. */
function checksOf({ options, shutdown }: Assembly, hooks: StartHooks): readonly HealthCheck[] {
  const { health, ready } = options.storeTimeoutsMs ?? defaultStoreTimeoutsMs
  return [
    ping,
    { name: 'log', check: () => undefined },
    { name: 'etcd', check: () => storeAnswers(options, health) },
    {
      name: 'etcd-readiness',
      endpoints: ['readyz'],
      check: () => storeAnswers(options, ready),
    },
    { name: 'informer-sync', endpoints: ['readyz'], check: () => undefined },
    ...hooks.checks,
    {
      name: 'shutdown',
      endpoints: ['readyz'],
      check: () => (shutdown.isAnnounced ? 'process is shutting down' : undefined),
    },
  ]
}

/** Upstream: options/etcd.go, DefaultReadinessTimeout and DefaultHealthcheckTimeout. */
const defaultStoreTimeoutsMs = { health: 2_000, ready: 2_000 }

/** Rejects when it fails; answers with a text when it takes too long. */
function storeAnswers(
  { storage, clock }: Pick<ApiServerOptions, 'storage' | 'clock'>,
  timeoutMs: number,
): Promise<string | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>()
  const timer = clock.after(timeoutMs, () =>
    resolve('error getting data from etcd: context deadline exceeded'),
  )
  storage.revision().then(() => resolve(undefined), reject)
  return promise.finally(() => timer[Symbol.dispose]())
}
