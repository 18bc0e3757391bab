/** `kubectl top pod`. Upstream: kubectl pkg/cmd/top/top_pod.go. */
import type { Pod } from '#api/core/v1.gen.ts'
import { formatDuration } from '#api/duration.ts'
import {
  allNamespacesFlag,
  fieldSelectorFlag,
  selectorFlag,
} from '#kubectl/command-line/flag-sets.ts'
import { bool } from '#kubectl/command-line/flag.ts'
import type { Call, Command } from '#kubectl/command.ts'
import { serverReader } from '#kubectl/describe/reader.ts'
import type { Reader } from '#kubectl/describe/reader.ts'
import { CommandError, UsageError } from '#kubectl/errors.ts'
import { measured, metricsPlace, requireMetricsApi } from '#kubectl/metrics/metrics-api.ts'
import type { PodMetrics } from '#kubectl/metrics/metrics-api.ts'
import { podRows } from '#kubectl/metrics/pod-rows.ts'
import { alignRows } from '#kubectl/metrics/rows.ts'
import { checkFieldSelector, checkSelector, checkSort, showSwapFlag, topFlags } from './flags.ts'

const usage = 'pod [NAME | -l label]'

export const command: Command = {
  use: `top ${usage}`,
  about: `Display resource (CPU/memory) usage of pods.

 The metrics of a pod come some minutes after the pod.`,
  examples: [
    ['Of all pods of the current namespace', 'kubectl top pod'],
    ['Of one pod and its containers', 'kubectl top pod web-1 --containers'],
    ['Of pods with a label', 'kubectl top pod -l app=web'],
  ],
  flags: [
    ...topFlags,
    selectorFlag,
    fieldSelectorFlag,
    allNamespacesFlag,
    bool('containers', 'Of each container.'),
    bool('sum', 'Print the sum below.'),
    showSwapFlag('pods'),
  ],
  run,
}

const limits = {
  /** A pod that is older and has no metrics will get none. */
  metricsDelayMs: 120_000,
} as const

interface Wanted {
  readonly name: string
  /** Undefined: of all namespaces. */
  readonly namespace: string | undefined
  readonly labels: string
  readonly fields: string
}

async function run(call: Call): Promise<void> {
  const { flags, io, factory } = call
  validate(call)
  const { namespace } = await factory.namespace()
  const wanted: Wanted = {
    name: call.args[0] ?? '',
    namespace: flags.bool('all-namespaces') ? undefined : namespace,
    labels: flags.string('selector'),
    fields: flags.string('field-selector'),
  }
  checkSelector(wanted.labels)
  checkFieldSelector(wanted.fields)
  const rest = await factory.rest()
  await requireMetricsApi(rest)
  const reader = serverReader(rest, 0)
  const metrics = await metricsOf(reader, wanted)
  if (metrics.length > 0) {
    io.stdout(alignRows(podRows(metrics, rowOptions(call))))
    return
  }
  await explainNone(call, reader, { ...wanted, namespace })
  io.stderr(
    wanted.namespace === undefined
      ? 'No resources found\n'
      : `No resources found in ${namespace} namespace.\n`,
  )
}

function validate({ flags, args }: Call): void {
  if (args.length > 1) throw new UsageError(usage)
  checkSort(flags.string('sort-by'))
  const selects = flags.string('selector') !== '' || flags.string('field-selector') !== ''
  if (args.length > 0 && args[0] !== '' && selects) {
    throw new CommandError('only one of NAME or selector can be provided')
  }
}

function rowOptions({ flags }: Call) {
  return {
    noHeaders: flags.bool('no-headers'),
    withNamespace: flags.bool('all-namespaces'),
    byContainer: flags.bool('containers'),
    withSum: flags.bool('sum'),
    sortBy: flags.string('sort-by'),
    resources: measured(flags.bool('show-swap')),
  }
}

async function metricsOf(reader: Reader, wanted: Wanted): Promise<readonly PodMetrics[]> {
  const { name, namespace, labels, fields } = wanted
  const place = metricsPlace('pods', namespace)
  if (name !== '') return [await reader.get<PodMetrics>(place, name)]
  return await reader.list<PodMetrics>(place, { labels, fields })
}

/** Throws when there are pods, which should have metrics or will have them soon. */
async function explainNone({ io }: Call, reader: Reader, wanted: Wanted): Promise<void> {
  const { namespace = '', labels, fields } = wanted
  const pods = await reader.list<Pod>({ resource: 'pods', namespace }, { labels, fields })
  for (const { metadata } of pods) {
    const ageMs = io.clock.nowMs() - Date.parse(metadata.creationTimestamp)
    if (ageMs <= limits.metricsDelayMs) continue
    throw new CommandError(
      `Metrics not available for pod ${metadata.namespace ?? ''}/${metadata.name}, age: ${formatDuration(ageMs)}`,
    )
  }
  if (pods.length > 0) throw new CommandError('metrics not available yet')
}
