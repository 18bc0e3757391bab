/** Changes of environment variables as the command line says them. Upstream: kubectl pkg/cmd/set/env/env_parse.go. */
import { goQuote } from '#api/meta/go-quote.ts'
import { validateEnvironmentName } from '#api/meta/names.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { EnvVar } from './pod-spec.ts'

export interface EnvironmentChange {
  readonly set: readonly EnvVar[]
  readonly removed: readonly string[]
}

/** Arguments before the first change name objects. Throws CommandError. */
export function splitEnvironment(args: readonly string[]): {
  readonly resources: readonly string[]
  readonly changes: readonly string[]
} {
  const isChange = (word: string): boolean => /^.+=/s.test(word) || word.endsWith('-')
  const first = args.findIndex(isChange)
  const at = first < 0 ? args.length : first
  const changes = args.slice(at)
  if (!changes.every(isChange)) {
    throw new CommandError(
      `all resources must be specified before environment changes: ${args.join(' ')}`,
    )
  }
  return { resources: args.slice(0, at), changes }
}

/** `NAME=value`, `NAME-` to remove it, `-` for the variables in standard input. Throws CommandError. */
export async function parseEnvironment(
  changes: readonly string[],
  readStdin: () => Promise<string>,
): Promise<EnvironmentChange> {
  const set: EnvVar[] = []
  const named = new Set<string>()
  const removed: string[] = []
  for (const change of changes) {
    const equals = change.indexOf('=')
    if (change === '-') {
      set.push(...variablesIn(await readStdin()))
    } else if (equals >= 0) {
      const name = change.slice(0, equals)
      refuseName(name)
      named.add(name)
      set.push(variable(name, change.slice(equals + 1)))
    } else if (change.endsWith('-')) {
      removed.push(change.slice(0, -1))
    } else {
      throw new CommandError(`unknown environment variable: ${change}`)
    }
  }
  if (removed.some((name) => named.has(name))) {
    throw new CommandError(
      'can not both modify and remove the same environment variable in the same command',
    )
  }
  return { set, removed }
}

function refuseName(name: string): void {
  const problems = validateEnvironmentName(name)
  if (problems.length === 0) return
  throw new CommandError(`${goQuote(name)} is not a valid key name: ${problems.join(';')}`)
}

/** One a line; what follows `#` is a comment. */
function variablesIn(text: string): readonly EnvVar[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [assignment = ''] = line.split('#')
    const equals = assignment.indexOf('=')
    if (equals < 0) return []
    return [variable(assignment.slice(0, equals), assignment.slice(equals + 1))]
  })
}

function variable(name: string, value: string): EnvVar {
  return { name, ...(value !== '' && { value }) }
}

/** Variables keep their places; new ones follow. Upstream: kubectl pkg/cmd/set/helper.go, updateEnv. */
export function changedEnvironment(
  before: readonly EnvVar[],
  { set, removed }: EnvironmentChange,
): EnvVar[] {
  const covered = new Set(removed)
  const result: EnvVar[] = []
  for (const old of before) {
    if (covered.has(old.name)) continue
    const newer = set.find(({ name }) => name === old.name)
    if (newer !== undefined) covered.add(old.name)
    result.push(newer ?? old)
  }
  for (const fresh of set) {
    if (covered.has(fresh.name)) continue
    covered.add(fresh.name)
    result.push(fresh)
  }
  return result
}

/** Throws CommandError for a variable that has another value. */
export function refuseOverwrites(before: readonly EnvVar[], set: readonly EnvVar[]): void {
  for (const { name, value = '' } of set) {
    const current = before.find((one) => one.name === name)
    if (current === undefined || (current.value ?? '') === value) continue
    throw new CommandError(
      `'${name}' already has a value (${current.value ?? ''}), and --overwrite is false`,
    )
  }
}
