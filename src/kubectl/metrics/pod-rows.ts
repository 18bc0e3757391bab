/** `kubectl top pod` as rows. Upstream: kubectl pkg/metricsutil/metrics_printer.go, PrintPodMetrics. */
import { compareBytes } from '#api/meta/go-quote.ts'
import { addQuantities } from '#api/meta/quantity.ts'
import type { ContainerMetrics, Measured, PodMetrics } from './metrics-api.ts'
import { amount, titles, usageText } from './rows.ts'
import type { Row } from './rows.ts'

type Usage = Readonly<Record<string, string>>

interface RowOptions {
  readonly noHeaders: boolean
  readonly withNamespace: boolean
  /** A row a container, not a pod. */
  readonly byContainer: boolean
  readonly withSum: boolean
  /** Empty: by name. */
  readonly sortBy: string
  readonly resources: readonly Measured[]
}

export function podRows(metrics: readonly PodMetrics[], options: RowOptions): readonly Row[] {
  const { noHeaders, withNamespace, byContainer, withSum, resources } = options
  const header = [
    ...(withNamespace ? ['NAMESPACE'] : []),
    ...(byContainer ? ['POD'] : []),
    'NAME',
    ...resources.map((name) => titles[name]),
  ]
  const rows = sorted(metrics, options).flatMap((pod) =>
    byContainer ? containerRows(pod, options) : [podRow(pod, options)],
  )
  // Upstream counts the columns before the name only when it has written them.
  const width = noHeaders ? resources.length + 1 : header.length
  const sum = withSum ? sumRows(metrics, { width, resources }) : []
  return [...(noHeaders ? [] : [header]), ...rows, ...sum]
}

function sorted(
  metrics: readonly PodMetrics[],
  { sortBy, withNamespace, resources }: RowOptions,
): readonly PodMetrics[] {
  if (sortBy !== '') {
    const used = (pod: PodMetrics): number => amount(sortBy, usageOf(pod, resources)[sortBy])
    return metrics.toSorted((a, b) => used(b) - used(a))
  }
  return metrics.toSorted(({ metadata: a }, { metadata: b }) => {
    const byNamespace = compareBytes(a.namespace ?? '', b.namespace ?? '')
    return withNamespace && byNamespace !== 0 ? byNamespace : compareBytes(a.name, b.name)
  })
}

function usageOf({ containers = [] }: PodMetrics, resources: readonly Measured[]): Usage {
  return total(
    containers.map(({ usage = {} }) => usage),
    resources,
  )
}

function total(usages: readonly Usage[], resources: readonly Measured[]): Usage {
  const sums = resources.map((resource) => {
    const quantities = usages.map((usage) => usage[resource] ?? '0')
    return [resource, quantities.reduce(addQuantities, '0')] as const
  })
  return Object.fromEntries(sums)
}

function podRow(pod: PodMetrics, { withNamespace, resources }: RowOptions): Row {
  const { name, namespace = '' } = pod.metadata
  const usage = usageOf(pod, resources)
  return [...(withNamespace ? [namespace] : []), name, ...usageCells(usage, resources)]
}

function containerRows(pod: PodMetrics, options: RowOptions): readonly Row[] {
  const { withNamespace, resources, sortBy } = options
  const { name, namespace = '' } = pod.metadata
  const order = (a: ContainerMetrics, b: ContainerMetrics): number =>
    sortBy === ''
      ? compareBytes(a.name, b.name)
      : amount(sortBy, b.usage?.[sortBy]) - amount(sortBy, a.usage?.[sortBy])
  return (pod.containers ?? [])
    .toSorted(order)
    .map((container) => [
      ...(withNamespace ? [namespace] : []),
      name,
      container.name,
      ...usageCells(container.usage ?? {}, resources),
    ])
}

function usageCells(usage: Usage, resources: readonly Measured[]): Row {
  return resources.map((resource) => usageText(resource, usage[resource]))
}

const line = '________'

/** Below a line under the last two columns, wherever they are. */
function sumRows(
  metrics: readonly PodMetrics[],
  { width, resources }: { readonly width: number; readonly resources: readonly Measured[] },
): readonly Row[] {
  const sums = total(
    metrics.map((pod) => usageOf(pod, resources)),
    resources,
  )
  const blank = (count: number): Row => Array.from({ length: Math.max(0, count) }, () => '')
  return [
    [...blank(width - 2), line, line],
    [...blank(width - 3), '', ...usageCells(sums, resources)],
  ]
}
