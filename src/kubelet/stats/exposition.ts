/**
 * The kubelet's metrics in Prometheus' text format: its own, `/metrics/resource` (which metrics-server
 * reads) and the cAdvisor names that dashboards know.
 * Upstream: pkg/kubelet/metrics/collectors/resource_metrics.go, pkg/kubelet/metrics/metrics.go at v1.36.
 */
import type { PodSample, Sample } from './sample.ts'

interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge'
  readonly rows: readonly Row[]
}

interface Row {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** `/metrics/resource` */
export function resourceMetrics(sample: Sample): string {
  const { node, pods, atMs } = sample
  const containers = (value: (each: PodSample['containers'][number]) => number): Row[] =>
    pods.flatMap((pod) =>
      pod.containers.map((each) => ({
        labels: { container: each.name, ...podLabels(pod) },
        value: value(each),
      })),
    )
  const whole = (value: (usage: NonNullable<PodSample['usage']>) => number): Row[] =>
    pods.flatMap((pod) =>
      pod.usage === undefined ? [] : [{ labels: podLabels(pod), value: value(pod.usage) }],
    )
  const families: readonly Family[] = [
    {
      name: 'container_cpu_usage_seconds_total',
      help: '[STABLE] Cumulative cpu time consumed by the container in core-seconds',
      type: 'counter',
      rows: containers((each) => each.cpuNanoseconds / 1e9),
    },
    {
      name: 'container_memory_working_set_bytes',
      help: '[STABLE] Current working set of the container in bytes',
      type: 'gauge',
      rows: containers((each) => each.workingSetBytes),
    },
    {
      name: 'container_start_time_seconds',
      help: '[STABLE] Start time of the container since unix epoch in seconds',
      type: 'gauge',
      rows: containers((each) => each.startedAtMs / 1000),
    },
    {
      name: 'node_cpu_usage_seconds_total',
      help: '[STABLE] Cumulative cpu time consumed by the node in core-seconds',
      type: 'counter',
      rows: [{ labels: {}, value: node.cpuNanoseconds / 1e9 }],
    },
    {
      name: 'node_memory_working_set_bytes',
      help: '[STABLE] Current working set of the node in bytes',
      type: 'gauge',
      rows: [{ labels: {}, value: node.workingSetBytes }],
    },
    {
      name: 'pod_cpu_usage_seconds_total',
      help: '[STABLE] Cumulative cpu time consumed by the pod in core-seconds',
      type: 'counter',
      rows: whole((usage) => usage.cpuNanoseconds / 1e9),
    },
    {
      name: 'pod_memory_working_set_bytes',
      help: '[STABLE] Current working set of the pod in bytes',
      type: 'gauge',
      rows: whole((usage) => usage.workingSetBytes),
    },
  ]
  const error: Family = {
    name: 'resource_scrape_error',
    help: '[STABLE] 1 if there was an error while getting container metrics, 0 otherwise',
    type: 'gauge',
    rows: [{ labels: {}, value: 0 }],
  }
  return [...families.map((family) => render(family, atMs)), render(error)].join('')
}

/** `/metrics/cadvisor`: as much of it as the runtime tells. */
export function cadvisorMetrics(sample: Sample, cpus: number): string {
  const { node, pods, atMs } = sample
  const rows = (value: (each: PodSample['containers'][number]) => number): Row[] =>
    pods.flatMap((pod) =>
      pod.containers.map((each) => {
        const spec = pod.pod.spec.containers.find(({ name }) => name === each.name)
        const labels = { container: each.name, image: spec?.image ?? '', ...podLabels(pod) }
        return { labels, value: value(each) }
      }),
    )
  const families: readonly Family[] = [
    {
      name: 'container_cpu_usage_seconds_total',
      help: 'Cumulative cpu time consumed in seconds.',
      type: 'counter',
      rows: rows((each) => each.cpuNanoseconds / 1e9),
    },
    {
      name: 'container_memory_working_set_bytes',
      help: 'Current working set in bytes.',
      type: 'gauge',
      rows: rows((each) => each.workingSetBytes),
    },
    {
      name: 'container_memory_usage_bytes',
      help: 'Current memory usage in bytes, including all memory regardless of when it was accessed',
      type: 'gauge',
      rows: rows((each) => each.usageBytes),
    },
    {
      name: 'container_memory_rss',
      help: 'Size of RSS in bytes.',
      type: 'gauge',
      rows: rows((each) => each.rssBytes),
    },
    {
      name: 'container_fs_usage_bytes',
      help: 'Number of bytes that are consumed by the container on this filesystem.',
      type: 'gauge',
      rows: rows((each) => each.writtenBytes),
    },
    {
      name: 'container_start_time_seconds',
      help: 'Start time of the container since unix epoch in seconds.',
      type: 'gauge',
      rows: rows((each) => each.startedAtMs / 1000),
    },
    {
      name: 'machine_cpu_cores',
      help: 'Number of logical CPU cores.',
      type: 'gauge',
      rows: [{ labels: {}, value: cpus }],
    },
    {
      name: 'machine_memory_bytes',
      help: 'Amount of memory installed on the machine.',
      type: 'gauge',
      rows: [{ labels: {}, value: node.memoryTotalBytes }],
    },
  ]
  return families.map((family) => render(family, atMs)).join('')
}

export interface OwnFigures {
  readonly nodeName: string
  readonly runningPods: number
  /** By state: created, running, exited, unknown. */
  readonly containers: Readonly<Record<string, number>>
  readonly cpuSeconds: number
  readonly residentBytes: number
  readonly startedAtSeconds: number
}

/** `/metrics` */
export function ownMetrics(figures: OwnFigures): string {
  const gauge = (name: string, help: string, value: number, labels = {}): Family => ({
    name,
    help,
    type: 'gauge',
    rows: [{ labels, value }],
  })
  const families: readonly Family[] = [
    gauge('kubelet_node_name', "[ALPHA] The node's name. The count is always 1.", 1, {
      node: figures.nodeName,
    }),
    {
      name: 'kubelet_running_containers',
      help: '[ALPHA] Number of containers currently running',
      type: 'gauge',
      rows: Object.entries(figures.containers).map(([state, value]) => ({
        labels: { container_state: state },
        value,
      })),
    },
    gauge(
      'kubelet_running_pods',
      '[ALPHA] Number of pods that have a running pod sandbox',
      figures.runningPods,
    ),
    {
      name: 'process_cpu_seconds_total',
      help: 'Total user and system CPU time spent in seconds.',
      type: 'counter',
      rows: [{ labels: {}, value: figures.cpuSeconds }],
    },
    gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', figures.residentBytes),
    gauge(
      'process_start_time_seconds',
      'Start time of the process since unix epoch in seconds.',
      figures.startedAtSeconds,
    ),
  ]
  return families.map((family) => render(family)).join('')
}

function podLabels({ pod }: PodSample): Record<string, string> {
  return { namespace: pod.metadata.namespace ?? '', pod: pod.metadata.name }
}

/** With a time where it was measured at another than that of the answer. */
function render({ name, help, type, rows }: Family, atMs?: number): string {
  if (rows.length === 0) return ''
  const at = atMs === undefined ? '' : ` ${atMs}`
  const lines = rows.map(({ labels, value }) => `${name}${labelText(labels)} ${value}${at}\n`)
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([name, value]) => {
    const escaped = value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
    return `${name}="${escaped}"`
  })
  return parts.length === 0 ? '' : `{${parts.join(',')}}`
}
