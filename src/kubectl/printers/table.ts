/**
 * The server's tables as text. Upstream: cli-runtime pkg/printers/tableprinter.go.
 */
import { goText } from '#api/json-path/go-text.ts'
import { translateTimestampSince } from '#api/meta/time.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'

export interface TableColumn {
  readonly name: string
  readonly type?: string
  readonly format?: string
  readonly priority?: number
}

export interface TableRow {
  readonly cells: readonly unknown[]
  readonly object?: KubeObject
}

export interface Table {
  readonly columns: readonly TableColumn[]
  readonly rows: readonly TableRow[]
}

export interface TableOptions {
  readonly noHeaders: boolean
  readonly withNamespace: boolean
  /** `deployment.apps`: written before names. */
  readonly kindPrefix?: string
  readonly wide: boolean
  readonly showLabels: boolean
  readonly labelColumns: readonly string[]
  /** Watch events: a column in front. */
  readonly eventType?: string
}

/** The Accept header that asks for tables. */
export const tableAccept = [
  'application/json;as=Table;v=v1;g=meta.k8s.io',
  'application/json;as=Table;v=v1beta1;g=meta.k8s.io',
  'application/json',
].join(',')

/** Of what the server sent; objects that are no table become one with name and age. */
export function tableOf(body: KubeObject, nowMs: number): Table {
  if (body.kind === 'Table') {
    const columns = (body['columnDefinitions'] ?? []) as readonly TableColumn[]
    return { columns, rows: (body['rows'] ?? []) as readonly TableRow[] }
  }
  const items = Array.isArray(body['items']) ? (body['items'] as readonly KubeObject[]) : [body]
  return {
    columns: [{ name: 'Name', format: 'name' }, { name: 'Age' }],
    rows: items.map((object) => ({
      cells: [
        object.metadata?.name ?? '',
        translateTimestampSince(object.metadata?.creationTimestamp ?? undefined, nowMs),
      ],
      object,
    })),
  }
}

/** Prints tables of one kind; headers once, unless columns change. */
export class TablePrinter {
  readonly #options: TableOptions
  #columns: readonly TableColumn[] = []
  #printedHeaders = false

  constructor(options: TableOptions) {
    this.#options = options
  }

  /** Rows of cells, the header among them where there is one. */
  rows(table: Table): readonly (readonly string[])[] {
    const columns = table.columns.length === 0 ? this.#columns : table.columns
    const changed = JSON.stringify(columns) !== JSON.stringify(this.#columns)
    if (changed) this.#printedHeaders = false
    const withHeader = !this.#options.noHeaders && !this.#printedHeaders && table.rows.length > 0
    this.#columns = columns
    if (table.rows.length > 0) this.#printedHeaders = true
    const shown = columns
      .map((column, at) => ({ column, at }))
      .filter(({ column }) => this.#options.wide || (column.priority ?? 0) === 0)
    const header = withHeader ? [this.#header(shown.map(({ column }) => column.name))] : []
    return [...header, ...table.rows.map((row) => this.#row(row, shown))]
  }

  #header(names: readonly string[]): readonly string[] {
    const { withNamespace, showLabels, labelColumns, eventType } = this.#options
    return [
      ...(eventType === undefined ? [] : ['EVENT']),
      ...(withNamespace ? ['NAMESPACE'] : []),
      ...names.map((name) => name.toUpperCase()),
      ...labelColumns.map((label) => label.slice(label.lastIndexOf('/') + 1).toUpperCase()),
      ...(showLabels ? ['LABELS'] : []),
    ]
  }

  #row(
    { cells, object }: TableRow,
    shown: readonly { readonly column: TableColumn; readonly at: number }[],
  ): readonly string[] {
    const { withNamespace, showLabels, labelColumns, kindPrefix, eventType } = this.#options
    const { namespace = '', labels = {} } = object?.metadata ?? {}
    const nameAt = shown.find(({ column }) => column.format === 'name')?.at
    return [
      ...(eventType === undefined ? [] : [eventType]),
      ...(withNamespace ? [namespace] : []),
      ...shown
        .filter(({ at }) => at < cells.length)
        .map(({ at }) => {
          const text = cellText(cells[at])
          return at === nameAt && kindPrefix !== undefined ? `${kindPrefix}/${text}` : text
        }),
      ...labelColumns.map((label) => labels[label] ?? ''),
      ...(showLabels ? [labelsText(labels)] : []),
    ]
  }
}

/** One line of it; tabs would end the cell. */
function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return ''
  const text = goText(cell)
  const end = text.search(/[\f\n\r]/)
  return escapeTerminal(end < 0 ? text : `${text.slice(0, end)}...`)
}

/** Escape sequences must not reach the terminal. Upstream: cli-runtime pkg/printers/terminal.go. */
export function escapeTerminal(text: string): string {
  return text.replaceAll('\u001b', '^[').replaceAll('\r', '\\r')
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
  return pairs.length === 0 ? '<none>' : pairs.sort().join(',')
}
