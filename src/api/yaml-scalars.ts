/**
 * What a plain YAML scalar is: null, a truth, a number, or else text.
 * Upstream: sigs.k8s.io/yaml goyaml.v2, resolve.go.
 */

/** Not YAML, or YAML that JSON cannot say. */
export class YamlError extends Error {
  override readonly name = 'YamlError'
}

/** Plain scalars that are null. */
export const nullWords: ReadonlySet<string> = new Set(['', '~', 'null', 'Null', 'NULL'])

/** Plain scalars that are true or false. */
export const truthWords: ReadonlyMap<string, boolean> = new Map([
  ...variants('y', 'yes', 'true', 'on').map((word) => [word, true] as const),
  ...variants('n', 'no', 'false', 'off').map((word) => [word, false] as const),
])

function variants(...lower: readonly string[]): string[] {
  return lower.flatMap((word) => [
    word,
    word.toUpperCase(),
    `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`,
  ])
}

const prefixed = /^([-+]?)0([xXoObB])([0-9a-fA-F]+)$/
const octal = /^[-+]?0[0-7]+$/
const decimal = /^[-+]?\d+$/
const real = /^[-+]?(?:\d*\.)?\d+(?:[eE][-+]?\d+)?$|^[-+]?\d+\.(?:[eE][-+]?\d+)?$/
const beyondJson = /^[-+]?\.(?:inf|Inf|INF)$|^\.(?:nan|NaN|NAN)$/
const bases: Readonly<Record<string, number>> = { x: 16, o: 8, b: 2 }

/** The number that a plain scalar is, or undefined. Throws for those that JSON cannot say. */
export function yamlNumber(source: string): number | undefined {
  if (!/^[-+.\d]/.test(source)) return undefined
  if (beyondJson.test(source)) {
    throw new YamlError(`json: unsupported value: ${infinity(source)}`)
  }
  const text = source.replaceAll('_', '')
  const match = prefixed.exec(text)
  if (match !== null) return integerOf(match)
  if (octal.test(text)) return Number.parseInt(text, 8)
  if (!decimal.test(text) && !real.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

function infinity(source: string): string {
  if (/nan/i.test(source)) return 'NaN'
  return source.startsWith('-') ? '-Inf' : '+Inf'
}

function integerOf([, sign, letter, digits]: RegExpExecArray): number | undefined {
  const base = bases[(letter as string).toLowerCase()] as number
  const alphabet = { 16: /^[\da-fA-F]+$/, 8: /^[0-7]+$/, 2: /^[01]+$/ }[base]
  if (alphabet?.test(digits as string) !== true) return undefined
  const value = Number.parseInt(digits as string, base)
  return sign === '-' ? -value : value
}

const sexagesimal = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/
const date =
  /^\d{4}-(\d{1,2})-(\d{1,2})(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d*)?(?:Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d*)?)?$/

/** Whether text reads as something else when it is not quoted (to older YAML, too). */
export function needsQuotes(text: string): boolean {
  if (nullWords.has(text) || truthWords.has(text) || beyondJson.test(text)) return true
  if (yamlNumber(text) !== undefined || sexagesimal.test(text)) return true
  const found = date.exec(text)
  return found !== null && Number(found[1]) <= 12 && Number(found[2]) <= 31
}
