/** The Metrics API, which another server serves. Upstream: k8s.io/metrics pkg/apis/metrics/v1beta1. */
import type { ObjectMeta } from '#api/meta/v1.gen.ts'
import type { Place } from '#kubectl/describe/reader.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { RestClient } from '#kubectl/rest/rest-client.ts'

const group = 'metrics.k8s.io'
const version = 'v1beta1'

type Usage = Readonly<Record<string, string>>

export interface NodeMetrics {
  readonly metadata: ObjectMeta
  readonly usage?: Usage
}

export interface ContainerMetrics {
  readonly name: string
  readonly usage?: Usage
}

export interface PodMetrics {
  readonly metadata: ObjectMeta
  readonly containers?: readonly ContainerMetrics[]
}

export type Measured = 'cpu' | 'memory' | 'swap'

/** What the tables show, in this order. */
export function measured(withSwap: boolean): readonly Measured[] {
  return withSwap ? ['cpu', 'memory', 'swap'] : ['cpu', 'memory']
}

export function metricsPlace(resource: 'nodes' | 'pods', namespace?: string): Place {
  return { group, version, resource, ...(namespace !== undefined && { namespace }) }
}

interface GroupList {
  readonly groups: readonly {
    readonly name: string
    readonly versions: readonly { readonly version: string }[]
  }[]
}

/** The server is asked itself: what discovery has kept may be older than the metrics server. */
export async function requireMetricsApi(rest: RestClient): Promise<void> {
  const { groups } = await rest.json<GroupList>({ path: '/apis' })
  const versions = groups.find(({ name }) => name === group)?.versions ?? []
  if (versions.some((one) => one.version === version)) return
  throw new CommandError('Metrics API not available')
}
