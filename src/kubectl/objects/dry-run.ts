/** `--dry-run` and `--validate`. Upstream: kubectl pkg/cmd/util/helpers.go. */
import type { Call } from '#kubectl/command.ts'
import { CommandError } from '#kubectl/errors.ts'

export type DryRun = 'none' | 'client' | 'server'

/** Values of older versions, each with the line of upstream that warns. */
const oldValues: Readonly<
  Record<string, { readonly line: number; readonly what: string; readonly means: DryRun }>
> = {
  unchanged: { line: 719, what: '--dry-run is deprecated', means: 'client' },
  true: { line: 726, what: '--dry-run=true is deprecated (boolean value)', means: 'client' },
  false: { line: 729, what: '--dry-run=false is deprecated (boolean value)', means: 'none' },
}

/** Throws CommandError for a value that is none. */
export async function dryRunOf({ flags, io }: Call): Promise<DryRun> {
  const value = flags.string('dry-run')
  if (value === 'none' || value === 'client' || value === 'server') return value
  const old = oldValues[value]
  if (old === undefined) {
    throw new CommandError(
      `Invalid dry-run value (${value}). Must be "none", "server", or "client".`,
    )
  }
  const { klogLine } = await import('#kubectl/rest/request-log.ts')
  klogLine(
    io,
    'W',
    `helpers.go:${old.line}] ${old.what} and can be replaced with --dry-run=${old.means}.`,
  )
  return old.means
}

/** What follows the name of an object that was not really changed. */
export function dryRunSuffix(dryRun: DryRun): string {
  return { none: '', client: ' (dry run)', server: ' (server dry run)' }[dryRun]
}

export type Validation = 'Strict' | 'Warn' | 'Ignore'

/** How the server is to treat unknown and duplicate fields. */
export function validationOf({ flags }: Call): Validation {
  const value = flags.string('validate')
  const known: Readonly<Record<string, Validation>> = {
    strict: 'Strict',
    true: 'Strict',
    warn: 'Warn',
    ignore: 'Ignore',
    false: 'Ignore',
  }
  const validation = known[value]
  if (validation !== undefined) return validation
  throw new CommandError(
    `invalid - validate option ${JSON.stringify(value)}; must be one of: strict (or true), warn, ignore (or false)`,
  )
}
