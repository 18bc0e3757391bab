/** The words of Go templates. Upstream: Go's text/template/parse/lex.go; the messages are its own. */

/** Not a template, or one that fails; the message is Go's, without its prefix. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
  /** Where in the text, counted in characters from its start. */
  readonly at: number

  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

export interface Token {
  readonly type:
    | 'text'
    | 'open'
    | 'close'
    | 'field'
    | 'variable'
    | 'word'
    | 'string'
    | 'number'
    | 'char'
    | 'symbol'
    | 'space'
    | 'dot'
  readonly text: string
  readonly at: number
}

const trimLeft = /^\{\{-(?=[ \t\r\n])/
const comment = /^\{\{(-[ \t\r\n]+)?\/\*([\s\S]*?)\*\/([ \t\r\n]+-)?\}\}/

/** Text and actions; `{{-` and `-}}` have trimmed the text around them. */
export function tokensOf(template: string): readonly Token[] {
  const tokens: Token[] = []
  let at = 0
  let trimNext = false
  const text = (part: string, from: number, trimEnd: boolean): void => {
    let shown = trimNext ? part.replace(/^[ \t\r\n]+/, '') : part
    if (trimEnd) shown = shown.replace(/[ \t\r\n]+$/, '')
    trimNext = false
    if (shown !== '') tokens.push({ type: 'text', text: shown, at: from })
  }
  while (at < template.length) {
    const open = template.indexOf('{{', at)
    if (open < 0) break
    const rest = template.slice(open)
    const note = comment.exec(rest)
    if (note !== null) {
      text(template.slice(at, open), at, note[1] !== undefined)
      trimNext = note[3] !== undefined
      at = open + note[0].length
      continue
    }
    if (rest.startsWith('{{/*')) throw new TemplateError('unclosed comment', open)
    const trimmed = trimLeft.test(rest)
    text(template.slice(at, open), at, trimmed)
    const start = open + (trimmed ? 3 : 2)
    tokens.push({ type: 'open', text: '{{', at: open })
    const end = actionTokens(template, start, tokens)
    trimNext = end.trims
    at = end.at
  }
  text(template.slice(at), at, false)
  return tokens
}

const patterns: readonly (readonly [Token['type'], RegExp])[] = [
  ['space', /[ \t\r\n]+/y],
  ['string', /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/y],
  ['char', /'(?:[^'\\\n]|\\[^\n])+'/y],
  ['number', /[-+]?(?:0[xXbBoO][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?)/y],
  ['field', /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ['variable', /\$[\p{L}\p{Nd}_]*/uy],
  ['word', /[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ['dot', /\./y],
  ['symbol', /:=|[=|(),]/y],
]

function actionTokens(
  template: string,
  start: number,
  tokens: Token[],
): { readonly at: number; readonly trims: boolean } {
  let at = start
  for (;;) {
    const close = /[ \t\r\n]+-\}\}|\}\}/y
    close.lastIndex = at
    const closing = close.exec(template)
    if (closing !== null) {
      tokens.push({ type: 'close', text: '}}', at })
      return { at: at + closing[0].length, trims: closing[0] !== '}}' }
    }
    if (at >= template.length) throw new TemplateError('unclosed action', start)
    const token = tokenAt(template, at)
    tokens.push(token)
    at += token.text.length
  }
}

function tokenAt(template: string, at: number): Token {
  for (const [type, pattern] of patterns) {
    pattern.lastIndex = at
    const match = pattern.exec(template)
    if (match !== null) return { type, text: match[0], at }
  }
  const character = String.fromCodePoint(template.codePointAt(at) as number)
  if (character === '"') throw new TemplateError('unterminated quoted string', at)
  if (character === '`') throw new TemplateError('unterminated raw quoted string', at)
  if (character === "'") throw new TemplateError('unterminated character constant', at)
  const code = (character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')
  throw new TemplateError(`unrecognized character in action: U+${code} '${character}'`, at)
}

const escapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/** What a quoted text of Go stands for. */
export function unquoteGo(quoted: string): string {
  const inside = quoted.slice(1, -1)
  if (quoted.startsWith('`')) return inside
  return inside.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{3})|([\s\S]))/g,
    (_all, hex, short, long, octal, letter: string) => {
      const code = (hex ?? short ?? long) as string | undefined
      if (code !== undefined) return String.fromCodePoint(Number.parseInt(code, 16))
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal as string, 8))
      return escapes[letter] ?? letter
    },
  )
}
