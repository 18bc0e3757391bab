/** Preferences at the start of the program. Upstream: kubectl pkg/cmd/cmd.go. */
import type { CommandTable } from '#kubectl/command.ts'
import { PlainError } from '#kubectl/errors.ts'
import type { Io } from '#kubectl/io.ts'
import { applyPreferences, askedKuberc } from './apply.ts'
import type { Line } from './apply.ts'
import { kubercFile, loadPreferences, PreferencesError } from './preferences.ts'
import type { KubercFile, Preferences } from './preferences.ts'

export interface Preferred extends Line {
  readonly preferences?: Preferences
}

/** Rejects with PlainError. */
export async function preferred(
  argv: readonly string[],
  io: Io,
  table: CommandTable,
): Promise<Preferred> {
  try {
    const preferences = await preferencesFor(argv, io)
    if (preferences === undefined) return { line: argv }
    const warn = (text: string): void => io.stderr(`Warning: ${text}\n`)
    return { ...(await applyPreferences(argv, preferences, { table, warn })), preferences }
  } catch (error) {
    if (!(error instanceof PreferencesError)) throw error
    throw new PlainError(`error occurred while applying preferences ${error.message}`)
  }
}

async function preferencesFor(argv: readonly string[], io: Io): Promise<Preferences | undefined> {
  const asked = askedKuberc(argv)
  try {
    const file: KubercFile | undefined = kubercFile(asked, io)
    return file === undefined ? undefined : await loadPreferences(file, io)
  } catch (error) {
    if (!(error instanceof PreferencesError)) throw error
    throw new PreferencesError(`kuberc error ${error.message}`)
  }
}
