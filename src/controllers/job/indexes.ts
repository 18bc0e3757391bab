/**
 * Sets of completion indexes as Jobs write them: `0,2-5`.
 * Upstream: pkg/controller/job/indexed_job_utils.go at v1.36.
 */

/** First and last, both of them in. */
type Interval = readonly [number, number]

/** Ascending, neither overlapping nor adjacent. */
export type Indexes = readonly Interval[]

/** Takes what validation has let through; indexes at or above `completions` are left out. */
export function parseIndexes(text: string | undefined, completions: number): Indexes {
  const intervals: Interval[] = []
  for (const part of (text ?? '').split(',')) {
    const [first, last = first] = part.split('-').map(Number)
    if (part === '' || first === undefined || last === undefined || first >= completions) continue
    append(intervals, [first, Math.min(last, completions - 1)])
  }
  return intervals
}

function append(intervals: Interval[], next: Interval): void {
  const prior = intervals.at(-1)
  if (prior !== undefined && next[0] <= prior[1] + 1) {
    intervals[intervals.length - 1] = [prior[0], Math.max(prior[1], next[1])]
  } else intervals.push(next)
}

export function withIndexes(indexes: Indexes, added: Iterable<number>): Indexes {
  const all: Interval[] = [...indexes, ...[...added].map((index): Interval => [index, index])]
  const merged: Interval[] = []
  for (const interval of all.toSorted((a, b) => a[0] - b[0])) append(merged, interval)
  return merged
}

/** Two neighbours are a list, more are a range. */
export function formatIndexes(indexes: Indexes): string {
  return indexes
    .map(([first, last]) => {
      if (first === last) return String(first)
      return `${first}${last === first + 1 ? ',' : '-'}${last}`
    })
    .join()
}

export function countIndexes(indexes: Indexes): number {
  return indexes.reduce((sum, [first, last]) => sum + last - first + 1, 0)
}

export function hasIndex(indexes: Indexes, index: number): boolean {
  return indexes.some(([first, last]) => first <= index && index <= last)
}

/** The lowest `count` indexes below `completions` that are not taken. */
export function firstFree(
  isTaken: (index: number) => boolean,
  { count, completions }: { readonly count: number; readonly completions: number },
): readonly number[] {
  const free: number[] = []
  for (let index = 0; index < completions && free.length < count; index++) {
    if (!isTaken(index)) free.push(index)
  }
  return free
}
