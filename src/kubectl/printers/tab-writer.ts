/**
 * Columns in Go's tabwriter with kubectl's settings: cells end with a tab and are padded with spaces, three
 * after the widest one; a column ends where a line lacks it. Upstream: Go's text/tabwriter,
 * cli-runtime pkg/printers/tabwriter.go, liggitt/tabwriter.
 */

export interface TabOptions {
  readonly minWidth: number
  readonly padding: number
}

const kubectlTabs: TabOptions = { minWidth: 6, padding: 3 }

/** What describe uses. Upstream: kubectl pkg/describe/describe.go, tabbedString. */
export const describeTabs: TabOptions = { minWidth: 0, padding: 2 }

/** Lines of cells (separated by tabs) become aligned lines; the text ends as it did. */
export function alignTabs(text: string, options: TabOptions = kubectlTabs): string {
  const lines = text.split('\n').map((line) => line.split('\t'))
  const layout: Layout = { lines, out: lines.map(() => ''), widths: [], options }
  format(layout, 0, lines.length)
  return layout.out.join('\n')
}

interface Layout {
  readonly lines: readonly (readonly string[])[]
  readonly out: string[]
  /** Of the columns to the left of the one that is laid out. */
  readonly widths: number[]
  readonly options: TabOptions
}

/** Consecutive lines that share a column are laid out together, column by column. */
function format(layout: Layout, from: number, to: number): void {
  const { lines, widths, options } = layout
  const column = widths.length
  const hasColumn = (at: number): boolean => column < (lines[at] as readonly string[]).length - 1
  let at = from
  while (at < to) {
    if (!hasColumn(at)) {
      write(layout, at)
      at += 1
      continue
    }
    let end = at
    let width = options.minWidth
    for (; end < to && hasColumn(end); end += 1) {
      const cell = (lines[end] as readonly string[])[column] as string
      width = Math.max(width, cellWidth(cell) + options.padding)
    }
    widths.push(width)
    format(layout, at, end)
    widths.pop()
    at = end
  }
}

function write({ lines, out, widths }: Layout, at: number): void {
  const cells = lines[at] as readonly string[]
  const last = cells.length - 1
  out[at] = cells
    .map((cell, column) =>
      column === last ? cell : cell + ' '.repeat((widths[column] as number) - cellWidth(cell)),
    )
    .join('')
}

const ascii = /^[\x20-\x7e]*$/

/** In characters, as Go counts runes. */
function cellWidth(cell: string): number {
  return ascii.test(cell) ? cell.length : Array.from(cell).length
}

/** Lines that come one after another, each column never narrower than it was before. */
export class RememberingTabs {
  #widths: number[] = []

  align(rows: readonly (readonly string[])[]): string {
    for (const cells of rows) {
      for (const [at, cell] of cells.slice(0, -1).entries()) {
        const width = Math.max(kubectlTabs.minWidth, cellWidth(cell) + kubectlTabs.padding)
        this.#widths[at] = Math.max(this.#widths[at] ?? 0, width)
      }
    }
    const line = (cells: readonly string[]): string =>
      cells
        .map((cell, at) =>
          at === cells.length - 1
            ? cell
            : cell + ' '.repeat((this.#widths[at] as number) - cellWidth(cell)),
        )
        .join('')
    return rows.map((cells) => `${line(cells)}\n`).join('')
  }

  forget(): void {
    this.#widths = []
  }
}
