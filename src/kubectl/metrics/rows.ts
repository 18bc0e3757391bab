/** Cells of usage. Upstream: kubectl pkg/metricsutil/metrics_printer.go. */
import { cpuMillis, wholeUnits } from '#api/meta/quantity.ts'
import { alignTabs } from '#kubectl/printers/tab-writer.ts'
import type { Measured } from './metrics-api.ts'

export type Row = readonly string[]

export const titles = {
  cpu: 'CPU(cores)',
  memory: 'MEMORY(bytes)',
  swap: 'SWAP(bytes)',
} as const

const mebi = 1024n * 1024n

/** `12m` of a core, `34Mi`. */
export function usageText(resource: Measured, quantity = '0'): string {
  return resource === 'cpu' ? `${cpuMillis(quantity)}m` : `${wholeUnits(quantity) / mebi}Mi`
}

/** How much it is, to be compared. */
export function amount(resource: string, quantity = '0'): number {
  return resource === 'cpu' ? cpuMillis(quantity) : Number(wholeUnits(quantity))
}

/** Every cell ends with a tab, the last one, too: lines end with spaces. */
export function alignRows(rows: readonly Row[]): string {
  return alignTabs(rows.map((cells) => `${cells.map((cell) => `${cell}\t`).join('')}\n`).join(''))
}
