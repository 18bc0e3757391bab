/**
 * KYAML: YAML in flow style with every text quoted, which no YAML dialect reads in another way.
 * Upstream: sigs.k8s.io/yaml/kyaml.
 */
import { isMapping } from '#kubectl/objects/info.ts'
import { sortedKeys, withoutManagedFields } from './json-yaml.ts'
import type { Printer } from './printer.ts'

const plainKey = /^[A-Za-z_][A-Za-z0-9_./-]*$/
const ambiguousKey = /^(?:y|n|yes|no|on|off|true|false|null)$/i

export function kyamlPrinter(showManagedFields: boolean): Printer {
  return {
    print: (object, order = 'sorted') => {
      const shown = withoutManagedFields(object, showManagedFields)
      return `---\n${valueText(order === 'given' ? shown : sortedKeys(shown), '')}\n`
    },
  }
}

function valueText(value: unknown, indent: string): string {
  const inner = `${indent}  `
  if (Array.isArray(value)) return listText(value, indent)
  if (isMapping(value)) {
    const keys = Object.keys(value)
    if (keys.length === 0) return '{}'
    const lines = keys.map((key) => `${inner}${keyText(key)}: ${valueText(value[key], inner)},\n`)
    return `{\n${lines.join('')}${indent}}`
  }
  if (typeof value !== 'string') return String(value as number | boolean | null)
  return value.includes('\n') ? folded(value, indent) : quoted(value)
}

/** Brackets of collections that follow each other share a line. */
function listText(items: readonly unknown[], indent: string): string {
  if (items.length === 0) return '[]'
  const collections = items.every((item) => typeof item === 'object' && item !== null)
  if (collections) return `[${items.map((item) => valueText(item, indent)).join(', ')}]`
  const inner = `${indent}  `
  return `[\n${items.map((item) => `${inner}${valueText(item, inner)},\n`).join('')}${indent}]`
}

function keyText(key: string): string {
  return plainKey.test(key) && !ambiguousKey.test(key) ? key : quoted(key)
}

/** One line of text a line; the ends of lines are escaped. */
function folded(text: string, indent: string): string {
  const lines = text.split('\n')
  const last = lines.pop() as string
  const body = lines.map((line) => `${foldedLine(line, indent)}\\n\\\n`).join('')
  const tail = last === '' ? `${indent}  ` : `${foldedLine(last, indent)}\\\n${indent}  `
  return `"\\\n${body}${tail}"`
}

/** Space at the start would be lost without a backslash. */
function foldedLine(line: string, indent: string): string {
  return `${indent}  ${line.startsWith(' ') ? '\\' : ' '}${quoted(line).slice(1, -1)}`
}

/** As JSON, but for what YAML writes in other ways. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(/\\(?:u001b|.)/g, (escape) => escapes[escape] ?? escape)
}

const escapes: Readonly<Record<string, string>> = { '\\u001b': '\\e', '\\t': '\t' }
