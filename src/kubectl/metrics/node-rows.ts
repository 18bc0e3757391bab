/** `kubectl top node` as rows. Upstream: kubectl pkg/metricsutil/metrics_printer.go, PrintNodeMetrics. */
import { compareBytes } from '#api/meta/go-quote.ts'
import type { Measured, NodeMetrics } from './metrics-api.ts'
import { amount, titles, usageText } from './rows.ts'
import type { Row } from './rows.ts'

/** By the name of the node. */
export type Available = ReadonlyMap<string, AvailableOnNode>

interface AvailableOnNode {
  readonly resources: Readonly<Record<string, string>>
  /** Resources that the node does not tell of. */
  readonly missing: readonly string[]
}

interface RowOptions {
  readonly noHeaders: boolean
  /** Empty: by name. */
  readonly sortBy: string
  readonly resources: readonly Measured[]
}

const unknown = '<unknown>'

/** Nodes without metrics come last. */
export function nodeRows(
  metrics: readonly NodeMetrics[],
  available: Available,
  { noHeaders, sortBy, resources }: RowOptions,
): readonly Row[] {
  const measuredNames = new Set(metrics.map(({ metadata }) => metadata.name))
  const silent = [...available.keys()].filter((name) => !measuredNames.has(name)).sort(compareBytes)
  return [
    ...(noHeaders ? [] : [headers(resources)]),
    ...sorted(metrics, sortBy).map((one) =>
      rowOf(one, available.get(one.metadata.name), resources),
    ),
    ...silent.map((name) => [name, ...resources.flatMap(() => [unknown, unknown])]),
  ]
}

function headers(resources: readonly Measured[]): Row {
  return ['NAME', ...resources.flatMap((name) => [titles[name], `${name.toUpperCase()}(%)`])]
}

function sorted(metrics: readonly NodeMetrics[], sortBy: string): readonly NodeMetrics[] {
  if (sortBy === '') {
    return metrics.toSorted((a, b) => compareBytes(a.metadata.name, b.metadata.name))
  }
  return metrics.toSorted(
    (a, b) => amount(sortBy, b.usage?.[sortBy]) - amount(sortBy, a.usage?.[sortBy]),
  )
}

function rowOf(
  { metadata, usage = {} }: NodeMetrics,
  available: AvailableOnNode | undefined,
  resources: readonly Measured[],
): Row {
  const cells = resources.flatMap((resource) => {
    if (available?.missing.includes(resource) === true) return [unknown, unknown]
    const used = usage[resource]
    const has = available?.resources[resource]
    const share = has === undefined ? [] : [`${percent(resource, used, has)}%`]
    return [usageText(resource, used), ...share]
  })
  return [metadata.name, ...cells]
}

function percent(resource: Measured, used: string | undefined, has: string): number {
  const whole = amount(resource, has)
  return whole === 0 ? 0 : Math.trunc((amount(resource, used) / whole) * 100)
}
