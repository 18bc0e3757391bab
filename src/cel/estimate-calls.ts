/** What calls can cost at most, by the sizes of their arguments. See estimate.ts. */
import { prices } from './budget.ts'
import type { ValueType } from './value-type.ts'

export interface Size {
  readonly min: number
  readonly max: number
}

export interface CallEstimate {
  readonly cost: number
  /** Of the result. */
  readonly size?: Size
}

interface Target {
  readonly first: ValueType | undefined
  /** Of the first argument, when it is a list. */
  readonly element: Size
}

type Estimate = (sizes: readonly Size[], target: Target) => CallEstimate

const unknown: Size = { min: 0, max: Infinity }
const characters = (count: number): number => Math.ceil(count * prices.perCharacter)

/** Infinity times zero is zero here: nothing is done at all. */
const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b)

/** Reading argument `at`, once or more often. */
const reading =
  (at: number, often = 1): Estimate =>
  (sizes) => ({ cost: characters((sizes[at] ?? unknown).max * often) })

const sameSize: Estimate = ([text = unknown]) => ({ cost: characters(text.max), size: text })

const smaller: Estimate = ([a = unknown, b = unknown]) => ({
  cost: characters(Math.min(a.max, b.max)),
})

/** Texts and bytes are copied, lists are not. */
const plus: Estimate = ([a = unknown, b = unknown], { first }) => {
  const size = { min: a.min + b.min, max: a.max + b.max }
  const copied = first?.kind === 'string' || first?.kind === 'bytes'
  if (copied) return { cost: characters(size.max), size }
  return first?.kind === 'list' ? { cost: 1, size } : { cost: 1 }
}

const pattern: Estimate = ([text = unknown, regex = unknown]) => ({
  cost: times(characters(text.max + 1), Math.ceil(regex.max * prices.perRegexCharacter)),
})

const finding: Estimate = (sizes, target) => ({
  ...pattern(sizes, target),
  size: { min: 0, max: (sizes[0] ?? unknown).max },
})

/** One for each element, and reading it when it is a text. */
const eachElement: Estimate = ([list = unknown], { first, element }) => {
  if (first?.kind !== 'list') return { cost: characters(list.max) }
  const isText = first.element.kind === 'string' || first.element.kind === 'bytes'
  return { cost: times(list.max, 1 + (isText ? characters(element.max) : 0)) }
}

const replace: Estimate = ([text = unknown, old = unknown, next = unknown]) => ({
  cost: characters(text.max * 2),
  size: { min: 0, max: replacedMax(text, old, next) },
})

function replacedMax(text: Size, old: Size, next: Size): number {
  if (old.min === 0) return times(text.max + 1, next.max) + text.max
  if (next.max <= old.min) return text.max
  return times(Math.ceil(text.max / old.min), next.max)
}

const join: Estimate = ([list = unknown, separator], { element }) => {
  const separators = times(Math.max(list.max - 1, 0), separator?.max ?? 0)
  const max = times(list.max, element.max) + separators
  return { cost: characters(max), size: { min: 0, max } }
}

const fixed =
  (cost: number): Estimate =>
  () => ({ cost })

/** Comparing the bytes of addresses, which are at most 16, and reading a text. */
const comparingAddresses =
  (extra: number): Estimate =>
  (sizes) => ({
    cost: characters(32) + extra + characters(Math.min((sizes[1] ?? unknown).max, 64)),
  })

const allPairs =
  (factor: number): Estimate =>
  ([a = unknown, b = unknown]) => ({ cost: times(a.max, b.max) * factor + 1 })

export const callEstimates: Readonly<Record<string, Estimate>> = {
  '_==_': smaller,
  '_!=_': smaller,
  '_<_': smaller,
  '_<=_': smaller,
  '_>_': smaller,
  '_>=_': smaller,
  '_+_': plus,
  '@in': ([, container = unknown]) => ({ cost: container.max }),
  bytes: ([text = unknown]) => ({
    cost: characters(text.max),
    size: { min: 0, max: text.max * 4 },
  }),
  string: sameSize,
  startsWith: reading(1),
  endsWith: reading(1),
  contains: ([text = unknown, part = unknown]) => ({
    cost: times(characters(text.max), characters(part.max)),
  }),
  matches: pattern,
  find: finding,
  findAll: finding,
  check: fixed(350_000),
  isSorted: eachElement,
  sum: eachElement,
  max: eachElement,
  min: eachElement,
  indexOf: eachElement,
  lastIndexOf: eachElement,
  url: reading(0),
  isURL: reading(0),
  lowerAscii: sameSize,
  upperAscii: sameSize,
  substring: sameSize,
  trim: sameSize,
  replace,
  split: ([text = unknown]) => ({
    cost: characters(text.max * 2),
    size: { min: 0, max: text.max },
  }),
  join,
  format: reading(0),
  cidr: reading(0),
  isIP: reading(0),
  isCIDR: reading(0),
  ip: reading(0),
  'ip.isCanonical': reading(0, 2),
  containsIP: comparingAddresses(0),
  containsCIDR: comparingAddresses(2),
  quantity: reading(0),
  isQuantity: reading(0),
  'sets.contains': allPairs(1),
  'sets.intersects': allPairs(1),
  'sets.equivalent': allPairs(2),
  validate: ([, text = unknown]) => ({ cost: times(characters(text.max + 1), 256) }),
}
