/**
 * Command lines in pflag's ways: `--flag value`, `--flag=value`, `-f value`, `-fvalue`, `--bool`,
 * `--bool=false`, flags anywhere, `--` ends them. Unknown flags are errors with upstream's text.
 */
import { parseDurationMs } from '#api/duration.ts'

export type FlagKind = 'string' | 'boolean' | 'integer' | 'strings' | 'map' | 'duration'

export interface Flag {
  readonly name: string
  readonly kind: FlagKind
  readonly short?: string
  readonly default?: FlagValue
  readonly usage: string
  /** The value when the flag stands alone (`--dry-run`). */
  readonly alone?: string
}

export type FlagValue =
  | string
  | boolean
  | number
  | readonly string[]
  | Readonly<Record<string, string>>

export interface Parsed {
  readonly args: readonly string[]
  /** Set on the command line. */
  readonly given: ReadonlySet<string>
  readonly string: (name: string) => string
  readonly boolean: (name: string) => boolean
  readonly integer: (name: string) => number
  readonly durationMs: (name: string) => number
  readonly strings: (name: string) => readonly string[]
  readonly map: (name: string) => Readonly<Record<string, string>>
}

/** The user's mistake on the command line: printed without a stack. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export function parseFlags(flags: readonly Flag[], argv: readonly string[]): Parsed {
  const values = new Map<string, FlagValue>()
  const given = new Set<string>()
  const args: string[] = []
  const rest = [...argv]
  while (rest.length > 0) {
    const word = rest.shift() ?? ''
    if (word === '--') {
      args.push(...rest)
      break
    }
    if (!word.startsWith('-') || word === '-') {
      args.push(word)
      continue
    }
    const { flag, inline } = word.startsWith('--') ? long(flags, word) : short(flags, word)
    const text = inline ?? (standsAlone(flag) ? (flag.alone ?? 'true') : rest.shift())
    if (text === undefined) throw new UsageError(`flag needs an argument: ${word}`)
    values.set(
      flag.name,
      parseValue(flag, text, given.has(flag.name) ? values.get(flag.name) : undefined),
    )
    given.add(flag.name)
  }
  return reader(flags, values, given, args)
}

function standsAlone(flag: Flag): boolean {
  return flag.kind === 'boolean' || flag.alone !== undefined
}

function long(flags: readonly Flag[], word: string): { flag: Flag; inline: string | undefined } {
  const equals = word.indexOf('=')
  const name = word.slice(2, equals < 0 ? undefined : equals)
  const flag = flags.find((candidate) => candidate.name === name)
  if (flag === undefined) throw new UsageError(`unknown flag: --${name}`)
  return { flag, inline: equals < 0 ? undefined : word.slice(equals + 1) }
}

function short(flags: readonly Flag[], word: string): { flag: Flag; inline: string | undefined } {
  const letter = word[1] ?? ''
  const flag = flags.find((candidate) => candidate.short === letter)
  if (flag === undefined) throw new UsageError(`unknown shorthand flag: '${letter}' in ${word}`)
  if (word.length === 2) return { flag, inline: undefined }
  return { flag, inline: word[2] === '=' ? word.slice(3) : word.slice(2) }
}

function parseValue(flag: Flag, text: string, prior: FlagValue | undefined): FlagValue {
  switch (flag.kind) {
    case 'string':
      return text
    case 'duration':
      return checkedDuration(flag, text)
    case 'boolean':
      if (/^(?:true|t|1)$/i.test(text)) return true
      if (/^(?:false|f|0)$/i.test(text)) return false
      throw invalid(
        flag,
        text,
        `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`,
      )
    case 'integer':
      if (/^[+-]?\d+$/.test(text)) return Number(text)
      throw invalid(flag, text, `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
    case 'strings':
      return [...((prior as readonly string[] | undefined) ?? []), ...text.split(',')]
    case 'map':
      return { ...(prior as Record<string, string> | undefined), ...pairs(flag, text) }
  }
}

function checkedDuration(flag: Flag, text: string): string {
  try {
    parseDurationMs(text)
    return text
  } catch (error) {
    throw invalid(flag, text, (error as Error).message)
  }
}

function pairs(flag: Flag, text: string): Record<string, string> {
  const entries = text.split(',').map((pair) => {
    const equals = pair.indexOf('=')
    if (equals < 0) throw invalid(flag, text, `${pair} must be formatted as key=value`)
    return [pair.slice(0, equals), pair.slice(equals + 1)]
  })
  return Object.fromEntries(entries) as Record<string, string>
}

function invalid(flag: Flag, text: string, why: string): UsageError {
  return new UsageError(
    `invalid argument ${JSON.stringify(text)} for "--${flag.name}" flag: ${why}`,
  )
}

function reader(
  flags: readonly Flag[],
  values: ReadonlyMap<string, FlagValue>,
  given: ReadonlySet<string>,
  args: readonly string[],
): Parsed {
  const empty = { string: '', duration: '0s', boolean: false, integer: 0, strings: [], map: {} }
  const value = (name: string): FlagValue => {
    const flag = flags.find((candidate) => candidate.name === name)
    if (flag === undefined) throw new Error(`flag --${name} is not declared`)
    return values.get(name) ?? flag.default ?? empty[flag.kind]
  }
  return {
    args,
    given,
    string: (name) => value(name) as string,
    boolean: (name) => value(name) as boolean,
    integer: (name) => value(name) as number,
    durationMs: (name) => parseDurationMs(value(name) as string),
    strings: (name) => value(name) as readonly string[],
    map: (name) => value(name) as Readonly<Record<string, string>>,
  }
}

/** The flags' part of `--help`, as pflag lays it out. */
export function describeFlags(flags: readonly Flag[]): string {
  const rows = flags
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((flag) => {
      const short = flag.short === undefined ? '      ' : `  -${flag.short}, `
      const kind = flag.kind === 'boolean' ? '' : ` ${flag.kind}`
      return [`${short}--${flag.name}${kind}`, flag.usage] as const
    })
  const width = Math.max(...rows.map(([left]) => left.length)) + 3
  return rows.map(([left, usage]) => `${left.padEnd(width)}${usage}\n`).join('')
}
