/** Lines of a width, broken at spaces. Upstream: mitchellh/go-wordwrap, WrapString. */

const space = /^[\t-\r \u0085\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]$/

/** Breaks only where there is a space; line ends stay. A word as long as the width is left whole. */
export function wordWrap(text: string, width: number): string {
  let out = ''
  let current = 0
  let word = ''
  let gap = ''
  const flush = (): void => {
    current += gap.length + word.length
    out += gap + word
    gap = ''
    word = ''
  }
  for (const character of text) {
    if (character === '\n') {
      if (word === '' && current + gap.length > width) gap = ''
      else flush()
      out += character
      current = 0
    } else if (space.test(character)) {
      if (gap === '' || word !== '') flush()
      gap += character
    } else {
      word += character
      if (current + gap.length + word.length > width && word.length < width) {
        out += '\n'
        current = 0
        gap = ''
      }
    }
  }
  if (word !== '' || current + gap.length <= width) out += gap + word
  return out
}

/** Every line, empty ones too, moved to the right. */
export function indented(text: string, columns: number): string {
  const pad = ' '.repeat(columns)
  return pad + text.replaceAll('\n', `\n${pad}`)
}
