/** A flag of a command line, as data: what pflag keeps of it. */

/** `strings` splits at commas and adds up over repetitions, `array` only adds up. */
export type FlagKind = 'string' | 'bool' | 'int' | 'duration' | 'strings' | 'array'

export interface Flag {
  readonly name: string
  readonly kind: FlagKind
  readonly short?: string
  readonly default: string | boolean | number | readonly string[]
  readonly usage: string
  /** The value when the flag stands alone (`--dry-run`); booleans have it anyway. */
  readonly alone?: string
  /** Printed when the flag is used: `Flag --x has been deprecated, …`. Such a flag is not listed. */
  readonly deprecated?: string
  readonly hidden?: boolean
  /** Help shows its default without quotes: upstream gives it a type of its own. */
  readonly bare?: boolean
  /** Refused with `required flag(s) "x" not set` when it is missing. */
  readonly required?: boolean
}

type Extra = Partial<
  Pick<Flag, 'short' | 'alone' | 'bare' | 'deprecated' | 'hidden' | 'required'>
> & {
  readonly default?: string | boolean | number | readonly string[]
}

export function string(name: string, usage: string, extra: Extra = {}): Flag {
  return { kind: 'string', default: '', name, usage, ...extra }
}

export function bool(name: string, usage: string, extra: Extra = {}): Flag {
  return { kind: 'bool', default: false, alone: 'true', name, usage, ...extra }
}

export function int(name: string, usage: string, extra: Extra = {}): Flag {
  return { kind: 'int', default: 0, name, usage, ...extra }
}

export function duration(name: string, usage: string, extra: Extra = {}): Flag {
  return { kind: 'duration', default: '0s', name, usage, ...extra }
}

export function strings(name: string, usage: string, extra: Extra = {}): Flag {
  return { kind: 'strings', default: [], name, usage, ...extra }
}

export function array(name: string, usage: string, extra: Extra = {}): Flag {
  return { kind: 'array', default: [], name, usage, ...extra }
}
