/** Flags of `kubectl top node` and `pod`, and what they refuse. */
import { FieldSelectorError, parseFieldSelector } from '#api/meta/fields.ts'
import { LabelSelectorError, parseLabelSelector } from '#api/meta/labels.ts'
import type { Flag } from '#kubectl/command-line/flag.ts'
import { bool, string } from '#kubectl/command-line/flag.ts'
import { CommandError } from '#kubectl/errors.ts'

export const topFlags: readonly Flag[] = [
  bool('no-headers', 'Print no headers.'),
  string('sort-by', "Sort by 'cpu' or 'memory', the most first."),
  bool('use-protocol-buffers', 'Accepted; the Metrics API is asked for JSON.', { default: true }),
]

export function showSwapFlag(of: string): Flag {
  return bool('show-swap', `Show the swap of ${of}, too.`)
}

export function checkSort(sortBy: string): void {
  if (!['', 'cpu', 'memory'].includes(sortBy)) {
    throw new CommandError('--sort-by accepts only cpu or memory')
  }
}

/** Before the server is asked. */
export function checkSelector(text: string): void {
  try {
    parseLabelSelector(text)
  } catch (error) {
    if (!(error instanceof LabelSelectorError)) throw error
    throw new CommandError(error.message)
  }
}

export function checkFieldSelector(text: string): void {
  try {
    parseFieldSelector(text)
  } catch (error) {
    if (!(error instanceof FieldSelectorError)) throw error
    throw new CommandError(error.message)
  }
}
