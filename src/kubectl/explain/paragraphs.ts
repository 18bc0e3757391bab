/**
 * Text filled to a width; code blocks, blank lines and lists keep their lines.
 * Upstream: kubectl pkg/explain/formatter.go.
 */

const bullet = /^(?:\d+\.?|-|\*)\s/

export function wrappedLines(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let words: string[] = []
  const flush = (): void => {
    if (words.length > 0) lines.push(words.join(' '))
    words = []
  }
  for (const line of text.split('\n')) {
    const isBlank = line.trim() === ''
    if (line.startsWith('    ')) {
      flush()
      lines.push(line)
      continue
    }
    if (lines.length > 0 && isBlank) {
      flush()
      lines.push('')
      continue
    }
    if (isBlank || bullet.test(line.trim()) || words.at(-1)?.endsWith(':') === true) flush()
    for (const word of line.split(/\s+/).filter((part) => part !== '')) {
      if (words.length > 0 && words.join(' ').length + 1 + word.length > width) flush()
      words.push(word)
    }
  }
  flush()
  return lines
}
