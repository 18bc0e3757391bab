/** The figures that k8ts is held to, beside what Kubernetes 1.20 with etcd measured on such a machine. */
export interface Row {
  readonly what: string
  readonly unit: string
  /** Undefined: the original has no such thing. */
  readonly genuine: number | undefined
  /** At least (rates) or at most (times, sizes). */
  readonly bar: number
  readonly better: 'higher' | 'lower'
}

const rate = (what: string, genuine: number, factor: number, unit = '/s'): Row => ({
  what,
  unit,
  genuine,
  bar: genuine * factor,
  better: 'higher',
})

const most = (what: string, unit: string, genuine: number | undefined, bar: number): Row => ({
  what,
  unit,
  genuine,
  bar,
  better: 'lower',
})

const least = (what: string, unit: string, bar: number): Row => ({
  what,
  unit,
  genuine: undefined,
  bar,
  better: 'higher',
})

export const rows = {
  apiReady: most('cold start: API ready', 's', 3.9, 0.6),
  nodeReady: most('cold start: node Ready and DNS answering', 's', 28, 3),
  create: rate('create pod, 32 at once', 564, 3),
  patch: rate('strategic patch of a pod', 693, 3),
  delete: rate('delete pod', 619, 3),
  get: rate('get pod', 2784, 3),
  list: rate('list 2,000 pods', 26, 3),
  watch: rate('watch fan-out, 200 watchers', 44_000, 2, 'events/s'),
  createP99: most('create pod, slowest of a hundred', 'ms', 137, 274),
  patchP99: most('strategic patch of a pod, slowest of a hundred', 'ms', 125, 250),
  getP99: most('get pod, slowest of a hundred', 'ms', 31, 62),
  watchP99: most('watch fan-out, slowest of a hundred', 'ms', 11, 22),
  pause: most('longest pause of the API server under this load', 'ms', undefined, 50),
  // Nobody measured these two with the original. The bars: its rate for 200 watchers, and three times a
  // fifth of its rate for 2,000 pods.
  watchMany: least('watch fan-out, 1,000 watchers', 'events/s', 44_000),
  listMany: least('list 10,000 pods', '/s', 15.6),
  pauseMany: most('longest pause with 10,000 pods and 1,000 watchers', 'ms', undefined, 50),
  schedule: {
    what: 'schedule 1,000 pods on 100 nodes',
    unit: 'pods/s',
    genuine: 55,
    bar: 700,
    better: 'higher',
  },
  scheduleLarge: {
    what: 'schedule 1,000 pods on 5,000 nodes',
    unit: 'pods/s',
    genuine: 680,
    bar: 700,
    better: 'higher',
  },
  podStart: most('pod create → Ready, image present', 's', 1.0, 0.4),
  scaleUp: most('Deployment 0 → 50 pods Ready', 's', 27.7, 9),
  scaleDown: most('Deployment 50 → 0 gone', 's', 1.1, 1.1),
  memoryAfter: most('control plane + node after the API load', 'MB', 960, 350),
  idleMemory: most('idle, all processes', 'MB', 959, 250),
  idleCpu: most('idle, all processes', '% of a core', 5, 1),
} as const satisfies Record<string, Row>

export type RowName = keyof typeof rows

/** One table: what, genuine, bar, measured, met or not. */
export function table(measured: ReadonlyMap<RowName, number>): string {
  const lines = [['what', 'genuine', 'bar', 'measured', ''] as const, ...cells(measured)]
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  )
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function cells(
  measured: ReadonlyMap<RowName, number>,
): (readonly [string, string, string, string, string])[] {
  return (Object.entries(rows) as [RowName, Row][]).map(([name, row]) => {
    const value = measured.get(name)
    const sign = row.better === 'higher' ? '≥' : '≤'
    const met =
      value === undefined
        ? ''
        : (row.better === 'higher' ? value >= row.bar : value <= row.bar)
          ? 'met'
          : 'NOT MET'
    return [
      `${row.what} (${row.unit})`,
      row.genuine === undefined ? '–' : format(row.genuine),
      `${sign} ${format(row.bar)}`,
      value === undefined ? 'not measured' : format(value),
      met,
    ]
  })
}

function format(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}
