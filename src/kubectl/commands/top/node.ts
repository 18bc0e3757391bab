/** `kubectl top node`. Upstream: kubectl pkg/cmd/top/top_node.go. */
import type { Node } from '#api/core/v1.gen.ts'
import { selectorFlag } from '#kubectl/command-line/flag-sets.ts'
import { bool } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { CommandError, UsageError } from '#kubectl/errors.ts'
import { serverReader } from '#kubectl/describe/reader.ts'
import type { Reader } from '#kubectl/describe/reader.ts'
import { nodeRows } from '#kubectl/metrics/node-rows.ts'
import type { Available } from '#kubectl/metrics/node-rows.ts'
import { measured, metricsPlace, requireMetricsApi } from '#kubectl/metrics/metrics-api.ts'
import type { NodeMetrics } from '#kubectl/metrics/metrics-api.ts'
import { alignRows } from '#kubectl/metrics/rows.ts'
import { checkSelector, checkSort, showSwapFlag, topFlags } from './flags.ts'

const usage = 'node [NAME | -l label]'

export const command: Command = {
  use: `top ${usage}`,
  about: 'Display resource (CPU/memory) usage of nodes.',
  examples: [
    ['Of all nodes', 'kubectl top node'],
    ['Of one', 'kubectl top node node-1'],
  ],
  flags: [
    ...topFlags,
    selectorFlag,
    bool('show-capacity', 'Relate the usage to the capacity, not to what is allocatable.'),
    showSwapFlag('nodes'),
  ],
  run,
}

async function run(call: Call): Promise<void> {
  const { flags, args, io, factory } = call
  const [name = ''] = args
  if (args.length > 1) throw new UsageError(usage)
  checkSort(flags.string('sort-by'))
  if (name !== '' && flags.string('selector') !== '') {
    throw new CommandError('only one of NAME or --selector can be provided')
  }
  checkSelector(flags.string('selector'))
  const rest = await factory.rest()
  await requireMetricsApi(rest)
  const reader = serverReader(rest, 0)
  const metrics = await metricsOf(reader, name, flags.string('selector'))
  if (metrics.length === 0) throw new CommandError('metrics not available yet')
  const nodes = await nodesOf(reader, name, flags.string('selector'))
  const withSwap = flags.bool('show-swap')
  const available = availableOf(nodes, { ofCapacity: flags.bool('show-capacity'), withSwap })
  const options = {
    noHeaders: flags.bool('no-headers'),
    sortBy: flags.string('sort-by'),
    resources: measured(withSwap),
  }
  io.stdout(alignRows(nodeRows(metrics, available, options)))
}

async function metricsOf(
  reader: Reader,
  name: string,
  labels: string,
): Promise<readonly NodeMetrics[]> {
  const place = metricsPlace('nodes')
  if (name !== '') return [await reader.get<NodeMetrics>(place, name)]
  return await reader.list<NodeMetrics>(place, { labels })
}

async function nodesOf(reader: Reader, name: string, labels: string): Promise<readonly Node[]> {
  const place = { resource: 'nodes' }
  return name === ''
    ? await reader.list<Node>(place, { labels })
    : [await reader.get<Node>(place, name)]
}

/** A node that does not say how much it swaps has that resource missing. */
function availableOf(
  nodes: readonly Node[],
  { ofCapacity, withSwap }: { readonly ofCapacity: boolean; readonly withSwap: boolean },
): Available {
  return new Map(
    nodes.map(({ metadata, status }) => {
      const list = (ofCapacity ? status?.capacity : status?.allocatable) ?? {}
      const swap = status?.nodeInfo?.swap?.capacity
      const resources = withSwap ? { ...list, swap: String(swap ?? 0) } : list
      return [metadata.name, { resources, missing: withSwap && swap === undefined ? ['swap'] : [] }]
    }),
  )
}
