/** What a command says of an object that it changed. Upstream: genericclioptions PrintFlags.ToPrinter. */
import type { Call } from '#kubectl/command.ts'
import { dryRunSuffix } from '#kubectl/objects/dry-run.ts'
import type { DryRun } from '#kubectl/objects/dry-run.ts'
import { namePrinter } from './name.ts'
import { printerOf } from './printer.ts'
import type { Printer } from './printer.ts'

/** By `-o`; without it `pod/web created`. */
export async function resultPrinter(
  call: Call,
  operation: string,
  dryRun: DryRun = 'none',
): Promise<Printer> {
  const printer = await printerOf(call)
  return printer ?? namePrinter(`${operation}${dryRunSuffix(dryRun)}`)
}
