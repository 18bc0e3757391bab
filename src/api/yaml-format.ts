/**
 * Writes YAML as Go's programs do, byte for byte: which style a text gets, where long lines fold.
 * Upstream: sigs.k8s.io/yaml goyaml.v2, encode.go, sorter.go and emitterc.go; kubectl is the oracle.
 */
import { needsQuotes } from './yaml-scalars.ts'

const bestWidth = 80
const step = 2
/** Longer keys are written as `? key`. */
const simpleKeyBytesMax = 128

type Style = 'plain' | 'single' | 'double' | 'literal'

export function formatYamlValue(value: unknown, keys: 'given' | 'sorted'): string {
  const writer = new Writer(keys)
  writer.node(value, { indent: 0, inMapping: false })
  return writer.text
}

interface Place {
  readonly indent: number
  /** A list under a key is not indented further. */
  readonly inMapping: boolean
}

class Writer {
  readonly #keys: 'given' | 'sorted'
  #lines = ''
  #line = ''

  constructor(keys: 'given' | 'sorted') {
    this.#keys = keys
  }

  get text(): string {
    return this.#lines
  }

  /** Writes a value where the line stands and ends the line. */
  node(value: unknown, place: Place): void {
    if (Array.isArray(value) && value.length > 0) return this.#list(value, place)
    const entries = this.#entries(value)
    if (entries !== undefined && entries.length > 0) return this.#map(entries, place)
    if (typeof value === 'string') this.#string(value, place.indent + step)
    else this.#put(scalarText(value))
    this.#break()
  }

  #entries(value: unknown): readonly (readonly [string, unknown])[] | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    return this.#keys === 'given' ? entries : entries.sort(([a], [b]) => compareKeys(a, b))
  }

  #list(items: readonly unknown[], { indent }: Place): void {
    for (const item of items) {
      this.#startLine(indent)
      this.#put('-')
      this.#under(item, indent + step, { sameLine: true })
    }
  }

  #map(entries: readonly (readonly [string, unknown])[], { indent }: Place): void {
    for (const [key, value] of entries) {
      this.#startLine(indent)
      const isSimple = !key.includes('\n') && isShort(key)
      if (isSimple) {
        this.#put(keyText(key))
      } else {
        this.#put('? ')
        this.#string(key, indent + step)
        this.#break()
        this.#startLine(indent)
      }
      this.#put(':')
      this.#under(value, isSimple ? indent : indent + step, { sameLine: !isSimple })
    }
  }

  /** What stands after a dash (collections on the same line) or a colon (on the next). */
  #under(value: unknown, indent: number, { sameLine }: { sameLine: boolean }): void {
    const isCollection = Array.isArray(value)
      ? value.length > 0
      : (this.#entries(value)?.length ?? 0) > 0
    if (sameLine || !isCollection) {
      this.#put(' ')
      const scalarIndent = sameLine ? indent - step : indent
      this.node(value, { indent: isCollection ? indent : scalarIndent, inMapping: !sameLine })
      return
    }
    this.#break()
    this.node(value, { indent: Array.isArray(value) ? indent : indent + step, inMapping: true })
  }

  #string(text: string, indent: number): void {
    const style = styleOf(
      text,
      text.includes('\n') ? 'literal' : needsQuotes(text) ? 'double' : 'plain',
    )
    switch (style) {
      case 'plain':
        return this.#folding(text, indent, { edges: true })
      case 'single':
        this.#put("'")
        this.#folding(text.replaceAll("'", "''"), indent, { edges: false })
        return this.#put("'")
      case 'double':
        return this.#double(text, indent)
      case 'literal':
        return this.#literal(text, indent)
    }
  }

  /** Breaks the line at a lone space once it is too long; `edges`: also at the first and last one. */
  #folding(text: string, indent: number, { edges }: { edges: boolean }): void {
    let spaces = false
    for (let at = 0; at < text.length; at += 1) {
      const character = text[at] as string
      const breaks =
        character === ' ' &&
        !spaces &&
        this.#column > bestWidth &&
        text[at + 1] !== ' ' &&
        (edges || (at > 0 && at < text.length - 1))
      if (breaks) this.#continue(indent)
      else this.#put(character)
      spaces = character === ' '
    }
  }

  #double(text: string, indent: number): void {
    this.#put('"')
    let spaces = false
    let at = 0
    for (const character of text) {
      const inner = at > 0 && at + character.length < text.length
      if (character === ' ' && !spaces && inner && this.#column > bestWidth) {
        this.#continue(indent)
        if (text[at + 1] === ' ') this.#put('\\')
      } else {
        this.#put(escapeDouble(character))
      }
      spaces = character === ' '
      at += character.length
    }
    this.#put('"')
  }

  #literal(text: string, indent: number): void {
    const hint = /^[ \n]/.test(text) ? String(step) : ''
    const chomp = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : ''
    this.#put(`|${hint}${chomp}`)
    const lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n')
    for (const line of lines) {
      this.#break()
      if (line !== '') this.#put(' '.repeat(indent) + line)
    }
  }

  get #column(): number {
    return this.#line.length
  }

  #put(text: string): void {
    this.#line += text
  }

  #break(): void {
    this.#lines += `${this.#line}\n`
    this.#line = ''
  }

  #continue(indent: number): void {
    this.#break()
    this.#line = ' '.repeat(indent)
  }

  /** Indents, unless a dash has brought the line this far. */
  #startLine(indent: number): void {
    if (this.#line === '') this.#line = ' '.repeat(indent)
  }
}

function isShort(key: string): boolean {
  return (
    key.length <= simpleKeyBytesMax / 4 || new TextEncoder().encode(key).length <= simpleKeyBytesMax
  )
}

function keyText(key: string): string {
  const style = styleOf(key, needsQuotes(key) ? 'double' : 'plain')
  if (style === 'plain') return key
  if (style === 'single') return `'${key.replaceAll("'", "''")}'`
  return `"${Array.from(key, escapeDouble).join('')}"`
}

function scalarText(value: unknown): string {
  if (typeof value === 'number') return numberText(value)
  if (Array.isArray(value)) return '[]'
  if (typeof value === 'object' && value !== null) return '{}'
  return String(value as boolean | null)
}

/** Whole numbers as such, others in Go's shortest `g` format. */
function numberText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 63) return String(value)
  const [digits = '', exponent = '0'] = value.toExponential().split('e')
  const power = Number(exponent)
  if (power >= -4 && power < 21) return String(value)
  const size = String(Math.abs(power)).padStart(2, '0')
  return `${digits}e${power < 0 ? '-' : '+'}${size}`
}

/** The style wanted, or the next one in which this text can be written. */
function styleOf(text: string, wanted: Style): Style {
  const spaceBreak = / \n/.test(text)
  const special = !printable.test(text) || spaceBreak
  if (wanted === 'literal') return special || text.endsWith(' ') ? 'double' : 'literal'
  if (wanted !== 'plain') return wanted
  if (special || /\n /.test(text)) return 'double'
  const isPlain =
    !/^[ \u2028\u2029]|[ \u2028\u2029]$|[\u2028\u2029]/.test(text) &&
    !/^(?:---|\.\.\.)/.test(text) &&
    !/^[#,[\]{}&*!|>'"%@`]|^[?:-](?:[ \t]|$)/.test(text) &&
    !/:(?:[ \t]|$)|[ \t]#/.test(text)
  return isPlain ? 'plain' : 'single'
}

const printable = /^[\n\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]*$/

const escapes: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\u0007': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\u001b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\u0085': '\\N',
  '\u2028': '\\L',
  '\u2029': '\\P',
}

function escapeDouble(character: string): string {
  const short = escapes[character]
  if (short !== undefined) return short
  if (printable.test(character)) return character
  const code = (character.codePointAt(0) as number).toString(16).toUpperCase()
  if (code.length <= 2) return `\\x${code.padStart(2, '0')}`
  return code.length <= 4 ? `\\u${code.padStart(4, '0')}` : `\\U${code.padStart(8, '0')}`
}

/** Letters after everything else, numbers in keys by their value. */
export function compareKeys(a: string, b: string): number {
  const left = Array.from(a)
  const right = Array.from(b)
  for (let at = 0; at < left.length && at < right.length; at += 1) {
    const [x, y] = [left[at] as string, right[at] as string]
    if (x === y) continue
    const [xLetter, yLetter] = [letter.test(x), letter.test(y)]
    if (xLetter !== yLetter) return xLetter ? 1 : -1
    if (!xLetter) {
      const byNumber = compareNumbers(left, right, at)
      if (byNumber !== 0) return byNumber
    }
    return (x.codePointAt(0) as number) - (y.codePointAt(0) as number)
  }
  return left.length - right.length
}

const letter = /^\p{L}$/u

function compareNumbers(left: readonly string[], right: readonly string[], at: number): number {
  const zero = left[at] === '0' || right[at] === '0'
  const before = /[0-9]*$/.exec(left.slice(0, at).join(''))?.[0] ?? ''
  const lead = zero && /[1-9]/.test(before) ? '1' : ''
  const [x, y] = [digitsAt(left, at), digitsAt(right, at)]
  const difference = Number(lead + x || '0') - Number(lead + y || '0')
  return difference === 0 ? x.length - y.length : difference
}

function digitsAt(characters: readonly string[], at: number): string {
  return /^[0-9]*/.exec(characters.slice(at).join(''))?.[0] ?? ''
}
