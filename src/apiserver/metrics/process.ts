/**
 * The process and its event loop. Nothing is sampled while the server is idle.
 * Names: Prometheus' process collector, prom-client's for the loop.
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { Activity } from '#apiserver/http/in-flight.ts'
import type { MetricRegistry } from './registry.ts'

/** A timer that is late by more than this much says that the loop was held up. */
const resolutionMs = 10

/**
 * The event loop's delay: now, measured while a scrape waits for it, and since the last scrape, sampled
 * as long as requests are under way.
 */
export class LoopDelay implements Activity {
  readonly #histogram = monitorEventLoopDelay({ resolution: resolutionMs })
  #nowSeconds = 0
  /** Before the requests that are under way. */
  #earlierMaxSeconds = 0
  #maxSeconds = 0

  constructor(registry: MetricRegistry) {
    registry.gauge(
      { name: 'nodejs_eventloop_lag_seconds', help: 'Lag of event loop in seconds.' },
      () => [['', this.#nowSeconds]],
    )
    registry.gauge(
      {
        name: 'nodejs_eventloop_lag_max_seconds',
        help: 'The longest lag of event loop in seconds since the last scrape, while there were requests.',
      },
      () => [['', this.#maxSeconds]],
    )
  }

  began(): void {
    this.#histogram.reset() // or the pause would count
    this.#histogram.enable()
  }

  ended(): void {
    this.#histogram.disable()
    this.#earlierMaxSeconds = this.#longest()
  }

  async measure(): Promise<void> {
    const before = performance.now()
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
    this.#nowSeconds = (performance.now() - before) / 1000
    this.#maxSeconds = this.#longest()
    this.#earlierMaxSeconds = 0
    this.#histogram.reset()
  }

  #longest(): number {
    const { count, max } = this.#histogram
    return Math.max(this.#earlierMaxSeconds, count > 0 ? secondsLate(max) : 0)
  }
}

/** Of a timer that was set for {@link resolutionMs}. */
function secondsLate(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - resolutionMs / 1000)
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
