/** What somebody may have meant. Upstream: spf13/cobra, SuggestionsFor. */
import type { CommandTable } from '#kubectl/command.ts'

/** Names that somebody may have meant: two letters off, or beginning alike. */
export function suggestions(table: CommandTable, word: string): readonly string[] {
  return Object.keys(table).filter(
    (name) =>
      distance(word.toLowerCase(), name.toLowerCase()) <= 2 ||
      name.toLowerCase().startsWith(word.toLowerCase()),
  )
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1]
      const [up, left, corner] = [row[j], next[j - 1], row[j - 1]] as [number, number, number]
      next.push(same ? corner : 1 + Math.min(up, left, corner))
    }
    row = next
  }
  return row[b.length] as number
}
