/**
 * Groups and their versions in the order in which upstream lists them: those that this server answers, and
 * those of servers behind it.
 * Upstream: staging/src/k8s.io/apiserver/pkg/endpoints/discovery/aggregated/handler.go, v1.36.
 */
import type { Resource } from '#resources/resource.ts'
import type { ResourceTable } from '#apiserver/http/resource-table.ts'
import { localPriority } from './priorities.ts'
import type { Priority } from './priorities.ts'

export interface ServedGroup {
  readonly name: string
  /** The preferred first. */
  readonly versions: readonly ServedVersion[]
}

export interface ServedVersion {
  readonly version: string
  /** Empty when another server answers. */
  readonly rows: readonly Resource[]
  readonly remote?: RemoteVersion
}

/** What is known of a group version that a server behind this one answers. */
export interface RemoteVersion {
  readonly group: string
  readonly version: string
  readonly priority: Priority
  /** Stale: the server could not be asked of late. */
  readonly freshness: 'Current' | 'Stale'
  /** As in an APIGroupDiscoveryList. */
  readonly resources: readonly object[]
}

export interface RemoteVersions {
  /** Goes up with every change. */
  readonly generation: number
  versions(): readonly RemoteVersion[]
}

export const noRemoteVersions: RemoteVersions = { generation: 0, versions: () => [] }

interface Ranked extends ServedVersion {
  readonly group: string
  readonly priority: Priority
}

/** The core group first, under the name ''. Groups of the same priority by name. */
export function servedGroups(
  table: ResourceTable,
  remote: RemoteVersions = noRemoteVersions,
): readonly ServedGroup[] {
  const ranked = new Map<string, Ranked>()
  const at = ({ group, version }: { group: string; version: string }) => `${group}/${version}`
  for (const [key, rows] of Map.groupBy(table.all(), at)) {
    const [{ group, version }] = rows as [Resource, ...Resource[]]
    const sorted = rows.toSorted((a, b) => (a.plural < b.plural ? -1 : 1))
    ranked.set(key, { group, version, rows: sorted, priority: localPriority(group, version) })
  }
  for (const one of remote.versions()) ranked.set(at(one), { ...one, rows: [], remote: one })
  const groups = Map.groupBy(ranked.values(), ({ group }) => group)
  return [...groups].toSorted(byPriority).map(([name, all]) => ({
    name,
    versions: all.toSorted(
      (a, b) => b.priority.version - a.priority.version || compareVersions(a.version, b.version),
    ),
  }))
}

type RankedGroup = readonly [name: string, versions: readonly Ranked[]]

function byPriority([a, first]: RankedGroup, [b, second]: RankedGroup): number {
  return (a === '' ? -1 : b === '' ? 1 : highest(second) - highest(first)) || (a < b ? -1 : 1)
}

function highest(versions: readonly Ranked[]): number {
  return Math.max(...versions.map(({ priority }) => priority.group))
}

/** v2 before v1 before v1beta2 before v1alpha1 before what is no version at all. */
export function compareVersions(a: string, b: string): number {
  const x = versionKey(a)
  const y = versionKey(b)
  if (x === undefined || y === undefined) {
    if (x === undefined && y === undefined) return a < b ? -1 : 1
    return x === undefined ? 1 : -1
  }
  return y.stability - x.stability || y.major - x.major || y.minor - x.minor
}

interface VersionKey {
  readonly stability: number
  readonly major: number
  readonly minor: number
}

function versionKey(version: string): VersionKey | undefined {
  const match = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/.exec(version)
  if (match === null) return undefined
  const stability = match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1
  return { stability, major: Number(match[1]), minor: Number(match[3] ?? 0) }
}
