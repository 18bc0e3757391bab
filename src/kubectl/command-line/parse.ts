/**
 * Command lines in pflag's ways: `--flag value`, `--flag=value`, `-f value`, `-fvalue`, `-it`, flags anywhere,
 * `--` ends them. Errors have pflag's texts. Upstream: spf13/pflag, flag.go.
 */
import { DurationError, parseDurationMs } from '#api/duration.ts'
import { goQuote } from '#api/meta/go-quote.ts'
import { FlagError } from '#kubectl/errors.ts'
import type { Flag } from './flag.ts'

export type FlagValue = string | boolean | number | readonly string[]

/** Asking for a flag that is not declared, or as another kind, is a bug and throws. */
export interface FlagValues {
  /** Set on the command line. */
  given(name: string): boolean
  /** Whether the command declares it at all. */
  has(name: string): boolean
  /** Empty too for a flag of another kind: a command's own `--user` hides the one of every command. */
  stringOrEmpty(name: string): string
  string(name: string): string
  bool(name: string): boolean
  int(name: string): number
  durationMs(name: string): number
  strings(name: string): readonly string[]
  /** For who knows only these flags: one that the command has taken for itself is not given. */
  seenBy(declared: readonly Flag[]): FlagValues
}

export interface ParsedLine {
  readonly args: readonly string[]
  /** How many of `args` stood before `--`; undefined: there was none. */
  readonly argsBeforeDash: number | undefined
  readonly flags: FlagValues
  /** Names of deprecated flags that were used, in order. */
  readonly deprecated: readonly Flag[]
  readonly help: boolean
}

export function parseLine(declared: readonly Flag[], argv: readonly string[]): ParsedLine {
  const line = new Line(declared)
  line.read(argv)
  return line
}

const integer = /^[+-]?(?:0[xX][\da-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|\d+)$/

class Line implements ParsedLine {
  readonly args: string[] = []
  argsBeforeDash: number | undefined
  help = false
  readonly deprecated: Flag[] = []
  readonly #declared: ReadonlyMap<string, Flag>
  readonly #shorts = new Map<string, Flag>()
  readonly #values = new Map<string, FlagValue>()
  readonly flags: FlagValues

  constructor(declared: readonly Flag[]) {
    this.#declared = new Map(declared.map((flag) => [flag.name, flag]))
    for (const flag of declared) if (flag.short !== undefined) this.#shorts.set(flag.short, flag)
    this.flags = new Values(this.#declared, this.#values)
  }

  read(argv: readonly string[]): void {
    const rest = [...argv]
    while (rest.length > 0) {
      const word = rest.shift() as string
      if (word === '--') {
        this.argsBeforeDash = this.args.length
        this.args.push(...rest)
        return
      }
      if (!word.startsWith('-') || word === '-') this.args.push(word)
      else if (word.startsWith('--')) this.#long(word, rest)
      else this.#shorthands(word.slice(1), rest)
    }
  }

  #long(word: string, rest: string[]): void {
    const body = word.slice(2)
    if (body.startsWith('-') || body.startsWith('=')) {
      throw new FlagError(`bad flag syntax: ${word}`)
    }
    const equals = body.indexOf('=')
    const name = equals < 0 ? body : body.slice(0, equals)
    const flag = this.#declared.get(name)
    if (flag === undefined) {
      if (name === 'help') return void (this.help = true)
      throw new FlagError(`unknown flag: --${name}`)
    }
    if (equals >= 0) return this.#set(flag, body.slice(equals + 1))
    if (flag.alone !== undefined) return this.#set(flag, flag.alone)
    const value = rest.shift()
    if (value === undefined) throw new FlagError(`flag needs an argument: ${word}`)
    this.#set(flag, value)
  }

  #shorthands(word: string, rest: string[]): void {
    let letters = word
    while (letters !== '') {
      const letter = letters[0] as string
      const flag = this.#shorts.get(letter)
      if (flag === undefined) {
        if (letter === 'h') return void (this.help = true)
        throw new FlagError(`unknown shorthand flag: '${letter}' in -${letters}`)
      }
      if (letters.length > 2 && letters[1] === '=') return this.#set(flag, letters.slice(2))
      if (flag.alone !== undefined) {
        this.#set(flag, flag.alone)
        letters = letters.slice(1)
        continue
      }
      const value = letters.length > 1 ? letters.slice(1) : rest.shift()
      if (value === undefined) {
        throw new FlagError(`flag needs an argument: '${letter}' in -${letters}`)
      }
      return this.#set(flag, value)
    }
  }

  #set(flag: Flag, text: string): void {
    const prior = this.#values.get(flag.name) as readonly string[] | undefined
    this.#values.set(flag.name, parseValue(flag, text, prior))
    if (flag.deprecated !== undefined) this.deprecated.push(flag)
  }
}

class Values implements FlagValues {
  readonly #declared: ReadonlyMap<string, Flag>
  readonly #values: ReadonlyMap<string, FlagValue>

  constructor(declared: ReadonlyMap<string, Flag>, values: ReadonlyMap<string, FlagValue>) {
    this.#declared = declared
    this.#values = values
  }

  given(name: string): boolean {
    return this.#values.has(name)
  }

  has(name: string): boolean {
    return this.#declared.has(name)
  }

  stringOrEmpty(name: string): string {
    return this.#declared.get(name)?.kind === 'string' ? this.string(name) : ''
  }

  string(name: string): string {
    return this.#read(name, 'string') as string
  }

  bool(name: string): boolean {
    return this.#read(name, 'bool') as boolean
  }

  int(name: string): number {
    return this.#read(name, 'int') as number
  }

  durationMs(name: string): number {
    return parseDurationMs(this.#read(name, 'duration') as string)
  }

  strings(name: string): readonly string[] {
    const value = this.#value(name)
    if (!Array.isArray(value)) throw new Error(`flag --${name} is no list`)
    return value as readonly string[]
  }

  seenBy(declared: readonly Flag[]): FlagValues {
    const values = new Map<string, FlagValue>()
    for (const flag of declared) {
      const value = this.#values.get(flag.name)
      const isOwn = this.#declared.get(flag.name) !== flag
      if (value !== undefined && !isOwn) values.set(flag.name, value)
    }
    return new Values(new Map(declared.map((flag) => [flag.name, flag])), values)
  }

  #read(name: string, kind: Flag['kind']): FlagValue {
    const value = this.#value(name)
    const found = this.#declared.get(name)?.kind
    if (found !== kind) throw new Error(`flag --${name} is of kind ${found}, not ${kind}`)
    return value
  }

  #value(name: string): FlagValue {
    const flag = this.#declared.get(name)
    if (flag === undefined) throw new Error(`flag --${name} is not declared`)
    return this.#values.get(name) ?? flag.default
  }
}

function parseValue(flag: Flag, text: string, prior: readonly string[] | undefined): FlagValue {
  switch (flag.kind) {
    case 'string':
      return text
    case 'duration':
      return durationText(flag, text)
    case 'bool':
      if (/^(?:true|True|TRUE|t|T|1)$/.test(text)) return true
      if (/^(?:false|False|FALSE|f|F|0)$/.test(text)) return false
      throw invalid(flag, text, `strconv.ParseBool: parsing ${goQuote(text)}: invalid syntax`)
    case 'int':
      return integerValue(flag, text)
    case 'strings':
      return [...(prior ?? []), ...splitCsv(text)]
    case 'array':
      return [...(prior ?? []), text]
  }
}

function integerValue(flag: Flag, text: string): number {
  const fail = (why: string): FlagError =>
    invalid(flag, text, `strconv.ParseInt: parsing ${goQuote(text)}: ${why}`)
  if (!integer.test(text)) throw fail('invalid syntax')
  const digits = text.replace(/^[+-]/, '').replace(/^0(?=[0-7])/, '0o')
  const value = Number(digits) * (text.startsWith('-') ? -1 : 1)
  if (Math.abs(value) >= 2 ** 63) throw fail('value out of range')
  return value
}

function durationText(flag: Flag, text: string): string {
  try {
    parseDurationMs(text)
    return text
  } catch (error) {
    if (error instanceof DurationError) throw invalid(flag, text, error.message)
    throw error
  }
}

function invalid(flag: Flag, text: string, why: string): FlagError {
  const name = flag.short === undefined ? `--${flag.name}` : `-${flag.short}, --${flag.name}`
  return new FlagError(`invalid argument ${goQuote(text)} for "${name}" flag: ${why}`)
}

/** One line of CSV, as pflag reads the values of a slice. */
export function splitCsv(text: string): string[] {
  if (text === '') return []
  if (!text.includes('"')) return text.split(',')
  const fields: string[] = []
  const field = /"((?:[^"]|"")*)"(?:,|$)|([^,]*)(?:,|$)/y
  while (field.lastIndex < text.length) {
    const match = field.exec(text)
    if (match === null) throw new FlagError(`parse error on line 1: bare " in non-quoted field`)
    fields.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '')
  }
  if (text.endsWith(',')) fields.push('')
  return fields
}
