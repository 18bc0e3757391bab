/** iptables-save and iptables-restore: what is there, and changes as one transaction per table. */
import { CommandError, isMissingProgram } from './run.ts'
import type { Run } from './run.ts'

export type IpFamily = 'IPv4' | 'IPv6'
export type Table = 'nat' | 'filter' | 'mangle' | 'raw' | 'security'

export interface Iptables {
  readonly family: IpFamily
  /** `nf_tables` or `legacy`. */
  readonly backend: string
  /** All tables in use, by name. */
  save(): Promise<ReadonlyMap<Table, SavedTable>>
  /**
   * Applies restore input without flushing what it does not name. Each table of the input is applied
   * wholly or not at all; the error quotes the line at fault.
   */
  restore(input: string): Promise<void>
}

/** Chain names with their rules, each as `iptables-save` prints it: `-A CHAIN …`. */
export type SavedTable = ReadonlyMap<string, readonly string[]>

/** How long a command waits for another program that holds the lock of the tables. */
const lockSeconds = 10
/** Since then there is `-w` for restoring and `--random-fully`. */
const oldestVersion = [1, 6, 2] as const

/**
 * The tables of one family, or undefined when the host has no such program. Rejects with a CommandError
 * when the program is there but unusable, for example for want of a kernel module or of privilege.
 */
export async function detectIptables(run: Run, family: IpFamily): Promise<Iptables | undefined> {
  const program = family === 'IPv4' ? 'iptables' : 'ip6tables'
  let version: string
  try {
    version = await run(program, ['--version'])
  } catch (error) {
    if (isMissingProgram(error)) return undefined
    throw error
  }
  if (!isAtLeast(version, oldestVersion)) {
    throw new CommandError(`${program} --version`, `${version.trim()} is older than 1.6.2`)
  }
  // Fails early and clearly where the kernel refuses.
  await run(program, ['-w', String(lockSeconds), '-t', 'nat', '-S', 'POSTROUTING'])
  return {
    family,
    backend: /\((\w+)\)/.exec(version)?.[1] ?? 'legacy',
    save: async () => parseSave(await run(`${program}-save`, [])),
    async restore(input) {
      try {
        await run(`${program}-restore`, ['-w', String(lockSeconds), '--noflush'], { input })
      } catch (error) {
        throw error instanceof CommandError ? quoteLine(error, input) : error
      }
    },
  }
}

/** Reads the output of iptables-save; counters and comments are dropped. */
export function parseSave(text: string): Map<Table, Map<string, string[]>> {
  const tables = new Map<Table, Map<string, string[]>>()
  let chains = new Map<string, string[]>()
  for (const line of text.split('\n')) {
    switch (line.charCodeAt(0)) {
      case 0x2a: // *table
        chains = new Map()
        tables.set(line.slice(1) as Table, chains)
        break
      case 0x3a: // :chain policy [packets:bytes]
        chains.set(line.slice(1, line.indexOf(' ')), [])
        break
      case 0x2d: // -A chain …
        chains.get(line.slice(3, line.indexOf(' ', 3)))?.push(line)
        break
      default: // # comment, COMMIT, empty
    }
  }
  return tables
}

function isAtLeast(version: string, oldest: readonly number[]): boolean {
  const numbers = /v(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number) ?? []
  for (const [index, least] of oldest.entries()) {
    const have = numbers[index] ?? 0
    if (have !== least) return have > least
  }
  return true
}

/** The program says `line 7 failed`; a reader wants to see line 7. */
function quoteLine(error: CommandError, input: string): CommandError {
  const number = Number(/line:? (\d+)/i.exec(error.stderr)?.[1] ?? 0)
  const line = number === 0 ? undefined : input.split('\n')[number - 1]
  if (line === undefined) return error
  return new CommandError(error.command, `exit status ${error.exitCode}`, {
    ...(error.exitCode === undefined ? {} : { exitCode: error.exitCode }),
    stderr: `${error.stderr} (${line})`,
  })
}
