/**
 * Counters, gauges and histograms in Prometheus' text format. A child is found by its label values, which
 * are joined once per observation; there is nothing else on the hot path.
 */

/** Label values in the order in which the metric names its labels, joined by {@link labelKey}. */
export type LabelKey = string

const separator = '\u0000'

export function labelKey(...values: readonly string[]): LabelKey {
  return values.join(separator)
}

export interface MetricOptions {
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
}

interface Metric {
  readonly options: MetricOptions
  readonly type: 'counter' | 'gauge' | 'histogram'
  lines(): Iterable<string>
}

/** Children beyond this are not kept: a client must not fill our memory with labels. */
const childrenMax = 10_000

export class Counter {
  readonly #values = new Map<string, number>()

  add(key: LabelKey, by = 1): void {
    const before = this.#values.get(key)
    if (before === undefined && this.#values.size >= childrenMax) return
    this.#values.set(key, (before ?? 0) + by)
  }

  entries(): Iterable<[string, number]> {
    return this.#values
  }
}

export class Histogram {
  readonly buckets: readonly number[]
  readonly #children = new Map<string, { counts: Float64Array; sum: number; count: number }>()

  /** Upper bounds, rising. */
  constructor(buckets: readonly number[]) {
    this.buckets = buckets
  }

  observe(key: LabelKey, value: number): void {
    let child = this.#children.get(key)
    if (child === undefined) {
      if (this.#children.size >= childrenMax) return
      child = { counts: new Float64Array(this.buckets.length), sum: 0, count: 0 }
      this.#children.set(key, child)
    }
    const bucket = this.buckets.findIndex((bound) => value <= bound)
    if (bucket !== -1) child.counts[bucket] = (child.counts[bucket] ?? 0) + 1
    child.sum += value
    child.count += 1
  }

  entries(): Iterable<[string, { counts: Float64Array; sum: number; count: number }]> {
    return this.#children
  }
}

export class MetricRegistry {
  readonly #metrics: Metric[] = []

  counter(options: MetricOptions): Counter {
    const counter = new Counter()
    this.#metrics.push({
      options,
      type: 'counter',
      *lines() {
        for (const [key, value] of counter.entries()) yield sample(options, key, value)
      },
    })
    return counter
  }

  histogram(options: MetricOptions & { readonly buckets: readonly number[] }): Histogram {
    const histogram = new Histogram(options.buckets)
    this.#metrics.push({
      options,
      type: 'histogram',
      *lines() {
        for (const [key, child] of histogram.entries()) {
          let sum = 0
          for (const [index, bound] of options.buckets.entries()) {
            sum += child.counts[index] ?? 0
            yield sample(options, key, sum, { suffix: '_bucket', le: String(bound) })
          }
          yield sample(options, key, child.count, { suffix: '_bucket', le: '+Inf' })
          yield sample(options, key, child.sum, { suffix: '_sum' })
          yield sample(options, key, child.count, { suffix: '_count' })
        }
      },
    })
    return histogram
  }

  /** Read when somebody asks: each value with its labels. */
  gauge(
    options: MetricOptions & { readonly type?: 'counter' | 'gauge' },
    read: () => Iterable<readonly [LabelKey, number]>,
  ): void {
    this.#metrics.push({
      options,
      type: options.type ?? 'gauge',
      *lines() {
        for (const [key, value] of read()) yield sample(options, key, value)
      },
    })
  }

  /** The text format, version 0.0.4. */
  expose(): string {
    const lines: string[] = []
    for (const metric of this.#metrics.toSorted((a, b) =>
      a.options.name < b.options.name ? -1 : 1,
    )) {
      const { name, help } = metric.options
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${metric.type}`, ...metric.lines())
    }
    return `${lines.join('\n')}\n`
  }
}

function sample(
  { name, labels = [] }: MetricOptions,
  key: string,
  value: number,
  more: { readonly suffix?: string; readonly le?: string } = {},
): string {
  const values = key.split(separator)
  const pairs = labels.map((label, index) => `${label}="${escaped(values[index] ?? '')}"`)
  if (more.le !== undefined) pairs.push(`le="${more.le}"`)
  const braces = pairs.length === 0 ? '' : `{${pairs.join(',')}}`
  return `${name}${more.suffix ?? ''}${braces} ${value}`
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`))
}
