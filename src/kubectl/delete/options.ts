/** What the flags of a deletion mean. Upstream: kubectl pkg/cmd/delete/delete.go. */
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { DryRun } from '#kubectl/objects/dry-run.ts'
import type { DeleteOptions } from '#kubectl/objects/write.ts'

const cascades: Readonly<Record<string, DeleteOptions['propagationPolicy']>> = {
  background: 'Background',
  foreground: 'Foreground',
  orphan: 'Orphan',
  true: 'Background',
  false: 'Orphan',
}

/** What the flags say of how objects are to be deleted. */
export function deleteOptions({ flags }: Call, dryRun: DryRun): DeleteOptions {
  const cascade = flags.string('cascade')
  const propagationPolicy = cascades[cascade]
  if (propagationPolicy === undefined) {
    throw new CommandError(
      `invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`,
    )
  }
  const now = flags.has('now') && flags.bool('now')
  const given = now ? 1 : flags.int('grace-period')
  const seconds =
    given === 0 && !flags.bool('force') ? 1 : flags.bool('force') && given < 0 ? 0 : given
  return { propagationPolicy, dryRun, ...(seconds >= 0 && { gracePeriodSeconds: seconds }) }
}
