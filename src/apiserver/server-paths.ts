/** The paths that are no resources: discovery, OpenAPI, health, version, metrics, the index. */
import { goArchitecture } from '#api/version.ts'
import { discoveryPaths } from './discovery/paths.ts'
import { servedGroups } from './discovery/groups.ts'
import type { PathHandler } from './http/dispatch.ts'
import { healthIndex, healthPaths, ping } from './http/health.ts'
import type { HealthCheck } from './http/health.ts'
import type { ResourceTable } from './http/resource-table.ts'
import { indexPath, metricsPath, versionPath } from './http/root-paths.ts'
import type { LoopDelay } from './metrics/process.ts'
import type { MetricRegistry } from './metrics/registry.ts'
import { openApiPaths } from './openapi/paths.ts'
import type { Assembly } from './server.ts'
import type { StartHooks } from './start-hooks.ts'

export interface PathParts {
  readonly resources: ResourceTable
  readonly hooks: StartHooks
  readonly metrics: MetricRegistry
  readonly loopDelay: LoopDelay
}

export function pathsOf(assembly: Assembly, parts: PathParts): readonly PathHandler[] {
  const { options, port } = assembly
  const { resources, metrics, loopDelay } = parts
  const checks = checksOf(assembly, parts.hooks)
  const platform = `${process.platform}/${goArchitecture(process.arch)}`
  return [
    healthPaths(checks, options.log),
    versionPath({ nodeVersion: process.versions.node, platform }),
    discoveryPaths({
      table: resources,
      serverAddress: () => `${options.advertiseAddress}:${port}`,
    }),
    openApiPaths(resources),
    metricsPath(metrics, loopDelay),
    indexPath(() => [...fixedPaths, ...healthIndex(checks), ...groupPaths(resources)]),
  ]
}

const fixedPaths = [
  '/.well-known/openid-configuration',
  '/api',
  '/apis',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/',
  '/openid/v1/jwks',
  '/version',
]

function groupPaths(resources: ResourceTable): readonly string[] {
  return servedGroups(resources).flatMap(({ name, versions }) => {
    const root = name === '' ? '/api' : `/apis/${name}`
    return [root, ...versions.map(({ version }) => `${root}/${version}`)]
  })
}

/** Upstream's names; a store that is not etcd answers for it. */
function checksOf({ options, closing }: Assembly, hooks: StartHooks): readonly HealthCheck[] {
  const store = async (): Promise<undefined> => {
    await options.storage.revision()
  }
  return [
    ping,
    { name: 'log', check: () => undefined },
    { name: 'etcd', check: store },
    { name: 'etcd-readiness', endpoints: ['readyz'], check: store },
    { name: 'informer-sync', endpoints: ['readyz'], check: () => undefined },
    ...hooks.checks,
    {
      name: 'shutdown',
      endpoints: ['readyz'],
      check: () => (closing.aborted ? 'process is shutting down' : undefined),
    },
  ]
}
