/** Tables of conditions; which columns they have is the kind's choice. */
import type { PrefixWriter } from './prefix-writer.ts'

interface Condition {
  readonly type: string
  readonly status: string
  readonly reason?: string
}

/** Type, status and reason, as workloads show them. */
export function writeReasons(w: PrefixWriter, conditions: readonly Condition[] = []): void {
  if (conditions.length === 0) return
  w.write(0, 'Conditions:\n  Type\tStatus\tReason\n')
  w.write(1, '----\t------\t------\n')
  for (const { type, status, reason = '' } of conditions) {
    w.write(1, `${type} \t${status}\t${reason}\n`)
  }
}

/** Rows of cells under a header and its dashes. */
export function writeTable(
  w: PrefixWriter,
  level: number,
  [header = [], ...rows]: readonly (readonly (string | number)[])[],
): void {
  w.write(level, `${header.join('\t')}\n`)
  w.write(level, `${header.map((cell) => '-'.repeat(String(cell).length)).join('\t')}\n`)
  for (const row of rows) w.write(level, `${row.join('\t')}\n`)
}
