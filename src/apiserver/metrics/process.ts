/**
 * The process and its event loop. Nothing is sampled in the background: a scrape asks.
 * Names: Prometheus' process collector.
 */
import { performance } from 'node:perf_hooks'
import type { MetricRegistry } from './registry.ts'

/** The event loop's delay, measured while a scrape waits for it. */
export class LoopDelay {
  #seconds = 0

  constructor(registry: MetricRegistry) {
    registry.gauge(
      { name: 'nodejs_eventloop_lag_seconds', help: 'Lag of event loop in seconds.' },
      () => [['', this.#seconds]],
    )
  }

  async measure(): Promise<void> {
    const before = performance.now()
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
    this.#seconds = (performance.now() - before) / 1000
  }
}

export function addProcessMetrics(registry: MetricRegistry, startedMs: number): void {
  const one = (value: number): [[string, number]] => [['', value]]
  const seconds = (usage: NodeJS.CpuUsage): number => (usage.user + usage.system) / 1e6
  registry.gauge(
    {
      name: 'process_cpu_seconds_total',
      help: 'Total user and system CPU time spent in seconds.',
      type: 'counter',
    },
    () => one(seconds(process.cpuUsage())),
  )
  registry.gauge(
    { name: 'process_resident_memory_bytes', help: 'Resident memory size in bytes.' },
    () => one(process.memoryUsage.rss()),
  )
  registry.gauge(
    {
      name: 'process_start_time_seconds',
      help: 'Start time of the process since unix epoch in seconds.',
    },
    () => one(startedMs / 1000),
  )
  registry.gauge(
    { name: 'nodejs_heap_size_used_bytes', help: 'Process heap size used from Node.js in bytes.' },
    () => one(process.memoryUsage().heapUsed),
  )
  let before = performance.eventLoopUtilization()
  registry.gauge(
    {
      name: 'nodejs_eventloop_utilization',
      help: 'Part of the time since the last scrape in which the event loop was busy.',
    },
    () => {
      const now = performance.eventLoopUtilization()
      const { utilization } = performance.eventLoopUtilization(now, before)
      before = now
      return one(utilization)
    },
  )
}
