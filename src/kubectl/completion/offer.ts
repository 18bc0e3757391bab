/** What completion offers, and what the shell is to do with it. Upstream: spf13/cobra, completions.go. */

export interface Offer {
  readonly words: readonly Word[]
  readonly directive: number
}

export interface Word {
  readonly text: string
  readonly about?: string
}

/** Bits: they add up. */
export const directives = {
  default: 0,
  noSpace: 2,
  noFile: 4,
  /** The words are extensions of files to offer. */
  filterFileExtension: 8,
} as const

const names: readonly (readonly [bit: number, name: string])[] = [
  [1, 'ShellCompDirectiveError'],
  [2, 'ShellCompDirectiveNoSpace'],
  [4, 'ShellCompDirectiveNoFileComp'],
  [8, 'ShellCompDirectiveFilterFileExt'],
  [16, 'ShellCompDirectiveFilterDirs'],
  [32, 'ShellCompDirectiveKeepOrder'],
]

export function directiveName(directive: number): string {
  const set = names.filter(([bit]) => (directive & bit) !== 0).map(([, name]) => name)
  if (directive >= 64) return `ERROR: unexpected ShellCompDirective value: ${directive}`
  return set.length === 0 ? 'ShellCompDirectiveDefault' : set.join(', ')
}

export function plainWords(texts: readonly string[]): readonly Word[] {
  return texts.map((text) => ({ text }))
}

export function startingWith(texts: readonly string[], toComplete: string): readonly string[] {
  return texts.filter((text) => text.startsWith(toComplete))
}
