/** Answers about usage, each from a sample that is at most some seconds old. */
import type { Clock } from '#base/clock.ts'
import type { Pods } from '#kubelet/pods.ts'
import { cadvisorMetrics, ownMetrics, resourceMetrics } from './exposition.ts'
import { takeSample } from './sample.ts'
import type { Sample, SampleSources } from './sample.ts'
import { summary } from './summary.ts'

/** Scrapers that come together share a sample; a rate wants some time between two. */
const freshMs = 2_000

export interface StatsOptions extends SampleSources {
  readonly nodeName: string
  readonly cpus: number
  readonly all: Pods
}

export class Stats {
  readonly #options: StatsOptions
  readonly #clock: Clock
  readonly #startedAtMs: number
  #current: { sample: Promise<Sample>; atMs: number } | undefined
  #prior: Sample | undefined

  constructor(options: StatsOptions) {
    this.#options = options
    this.#clock = options.clock
    this.#startedAtMs = options.clock.nowMs()
  }

  /** `/stats/summary` */
  async summary(): Promise<object> {
    const sample = await this.sample()
    return summary(this.#options.nodeName, sample, this.#prior)
  }

  /** `/metrics`, `/metrics/resource` and `/metrics/cadvisor`; undefined for others. */
  async metrics(kind: string): Promise<string | undefined> {
    switch (kind) {
      case '':
        return this.#own()
      case 'resource':
        return resourceMetrics(await this.sample())
      case 'cadvisor':
        return cadvisorMetrics(await this.sample(), this.#options.cpus)
      default:
        return undefined
    }
  }

  #own(): string {
    const { user, system } = process.cpuUsage()
    const containers: Record<string, number> = { created: 0, running: 0, exited: 0, unknown: 0 }
    let runningPods = 0
    for (const { runtime } of this.#options.all.workers) {
      if (runtime.sandboxes.some(({ ready }) => ready)) runningPods += 1
      for (const { state } of runtime.containers) {
        containers[state.is] = (containers[state.is] ?? 0) + 1
      }
    }
    return ownMetrics({
      nodeName: this.#options.nodeName,
      runningPods,
      containers,
      cpuSeconds: (user + system) / 1e6,
      residentBytes: process.memoryUsage.rss(),
      startedAtSeconds: this.#startedAtMs / 1000,
    })
  }

  /** What is used now, or was a moment ago. */
  async sample(): Promise<Sample> {
    const nowMs = this.#clock.monotonicMs()
    const present = this.#current
    if (present !== undefined && nowMs - present.atMs < freshMs) return present.sample
    const sample = takeSample(this.#options)
    const current = { sample, atMs: nowMs }
    this.#current = current
    try {
      const before = await present?.sample
      await sample
      this.#prior = before
    } catch (error) {
      if (this.#current === current) this.#current = undefined
      throw error
    }
    return sample
  }
}
