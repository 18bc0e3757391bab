/**
 * Sets of indexes as text: `0-2,5`. Upstream: pkg/apis/batch/validation/validation.go,
 * validateIndexesFormat.
 */

/** The text is no set of indexes; the message is upstream's. */
export class IndexError extends Error {
  override readonly name = 'IndexError'
}

/** First and last, both of them in. */
export type Interval = readonly [number, number]

/** Ascending intervals, none of which reaches `completions`. Throws IndexError. */
export function parseIndexes(text: string, completions: number): readonly Interval[] {
  if (text === '') return []
  let last = -1
  return text.split(',').map((part) => {
    const interval = parseInterval(part, completions)
    if (interval[0] <= last) {
      throw new IndexError(`non-increasing order, previous: ${last}, current: ${interval[0]}`)
    }
    last = interval[1]
    return interval
  })
}

/** Throws IndexError. */
export function countIndexes(text: string, completions: number): number {
  return parseIndexes(text, completions).reduce((sum, [from, to]) => sum + to - from + 1, 0)
}

function parseInterval(text: string, completions: number): Interval {
  const limits = text.split('-')
  if (limits.length > 2) {
    throw new IndexError(
      `the fragment "${text}" violates the requirement that an index interval can have at most two parts separated by '-'`,
    )
  }
  const from = parseIndex(limits[0] as string)
  if (from >= completions) throw new IndexError(`too large index: "${limits[0]}"`)
  if (limits.length === 1) return [from, from]
  const to = parseIndex(limits[1] as string)
  if (to >= completions) throw new IndexError(`too large index: "${limits[1]}"`)
  if (from >= to) {
    throw new IndexError(`non-increasing order, previous: ${from}, current: ${to}`)
  }
  return [from, to]
}

function parseIndex(text: string): number {
  if (!/^\d{1,10}$/.test(text)) {
    throw new IndexError(`cannot convert string to integer for index: ${JSON.stringify(text)}`)
  }
  return Number(text)
}

/** The first index that is in both; undefined when none is. Throws IndexError. */
export function overlap(a: string, b: string, completions: number): number | undefined {
  const second = parseIndexes(b, completions)
  for (const [from, to] of parseIndexes(a, completions)) {
    const hit = second.find(([start, end]) => from <= end && start <= to)
    if (hit !== undefined) return Math.max(from, hit[0])
  }
  return undefined
}
