/**
 * Groups and their versions in the order in which upstream lists them.
 * Upstream: pkg/controlplane/apiserver/aggregator.go (DefaultGenericAPIServicePriorities) and
 * pkg/controlplane/instance.go, v1.36.
 */
import type { Resource } from '#resources/resource.ts'
import type { ResourceTable } from '#apiserver/http/resource-table.ts'

export interface ServedGroup {
  readonly name: string
  /** The preferred first. */
  readonly versions: readonly ServedVersion[]
}

export interface ServedVersion {
  readonly version: string
  readonly rows: readonly Resource[]
}

const builtIn: readonly string[] = [
  '',
  'apiregistration.k8s.io',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'scheduling.k8s.io',
  'coordination.k8s.io',
  'node.k8s.io',
  'discovery.k8s.io',
  'resource.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'storagemigration.k8s.io',
]

/** The core group first, under the name ''; custom groups last, by name. */
export function servedGroups(table: ResourceTable): readonly ServedGroup[] {
  const groups = Map.groupBy(table.all(), (row) => row.group)
  return [...groups.keys()].toSorted(byRank).map((name) => ({
    name,
    versions: versionsOf(groups.get(name) ?? []),
  }))
}

function byRank(a: string, b: string): number {
  return rank(a) - rank(b) || (a < b ? -1 : 1)
}

function rank(group: string): number {
  const at = builtIn.indexOf(group)
  return at === -1 ? builtIn.length : at
}

function versionsOf(rows: readonly Resource[]): readonly ServedVersion[] {
  const versions = Map.groupBy(rows, (row) => row.version)
  return [...versions.keys()].toSorted(compareVersions).map((version) => ({
    version,
    rows: (versions.get(version) ?? []).toSorted((a, b) => (a.plural < b.plural ? -1 : 1)),
  }))
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
