/**
 * Counters, gauges and histograms, and the Prometheus text format. A metric has a fixed set of label
 * names; the values of a label must come from a bounded set, because each combination is kept for ever.
 */
export interface MetricOptions<Label extends string = string> {
  readonly name: string
  readonly help: string
  readonly labels?: readonly Label[]
}

export type Labels<Label extends string> = Readonly<Record<Label, string>>

export interface Counter<Label extends string = never> {
  add(amount: number, ...labels: LabelArguments<Label>): void
}

export interface Gauge<Label extends string = never> {
  set(value: number, ...labels: LabelArguments<Label>): void
  add(amount: number, ...labels: LabelArguments<Label>): void
}

export interface Histogram<Label extends string = never> {
  observe(value: number, ...labels: LabelArguments<Label>): void
}

type LabelArguments<Label extends string> = [Label] extends [never] ? [] : [labels: Labels<Label>]

export class MetricRegistry {
  readonly #render: (() => string)[] = []

  counter<Label extends string = never>(options: MetricOptions<Label>): Counter<Label> {
    return this.#values(options, 'counter')
  }

  gauge<Label extends string = never>(options: MetricOptions<Label>): Gauge<Label> {
    return this.#values(options, 'gauge')
  }

  /** `buckets` are upper bounds in ascending order, without infinity. */
  histogram<Label extends string = never>(
    options: MetricOptions<Label> & { readonly buckets: readonly number[] },
  ): Histogram<Label> {
    const { name, buckets } = options
    const series = new Map<string, { counts: number[]; sum: number }>()
    this.#render.push(
      () =>
        header(options, 'histogram') +
        [...series].map(([labels, of]) => renderHistogram(name, buckets, labels, of)).join(''),
    )
    return {
      observe(value, ...labels) {
        const key = labelText(labels[0])
        let of = series.get(key)
        if (of === undefined) {
          of = { counts: buckets.map(() => 0).concat(0), sum: 0 }
          series.set(key, of)
        }
        const index = buckets.findIndex((bound) => value <= bound)
        const at = index === -1 ? buckets.length : index
        of.counts[at] = (of.counts[at] ?? 0) + 1
        of.sum += value
      },
    }
  }

  /** `text/plain; version=0.0.4` */
  text(): string {
    return this.#render.map((render) => render()).join('')
  }

  #values<Label extends string>(options: MetricOptions<Label>, type: string): Gauge<Label> {
    const series = new Map<string, number>()
    // A metric without labels is there from the start, as 0.
    if (options.labels === undefined) series.set('', 0)
    this.#render.push(
      () =>
        header(options, type) +
        [...series].map(([labels, value]) => line(options.name, labels, value)).join(''),
    )
    return {
      set: (value, ...labels) => void series.set(labelText(labels[0]), value),
      add(amount, ...labels) {
        const key = labelText(labels[0])
        series.set(key, (series.get(key) ?? 0) + amount)
      },
    }
  }
}

/** `count` bounds, each `factor` times the one before. */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => start * factor ** index)
}

function header(options: MetricOptions, type: string): string {
  return `# HELP ${options.name} ${options.help}\n# TYPE ${options.name} ${type}\n`
}

function line(name: string, labels: string, value: number): string {
  return `${name}${labels === '' ? '' : `{${labels}}`} ${value}\n`
}

function labelText(labels: Labels<string> | undefined): string {
  return Object.entries(labels ?? {})
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')
}

function renderHistogram(
  name: string,
  buckets: readonly number[],
  labels: string,
  { counts, sum }: { counts: readonly number[]; sum: number },
): string {
  const prefix = labels === '' ? '' : `${labels},`
  let total = 0
  let text = ''
  for (const [index, count] of counts.entries()) {
    total += count
    const bound = buckets[index] ?? '+Inf'
    text += line(`${name}_bucket`, `${prefix}le="${bound}"`, total)
  }
  return text + line(`${name}_sum`, labels, sum) + line(`${name}_count`, labels, total)
}
