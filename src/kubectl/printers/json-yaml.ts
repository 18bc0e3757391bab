/** Objects as JSON and YAML. Upstream: cli-runtime pkg/printers/{json,yaml}.go, managedfields.go. */
import { compareBytes } from '#api/meta/go-quote.ts'
import { formatYamlValue } from '#api/yaml-format.ts'
import { isMapping } from '#kubectl/objects/info.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import type { KeyOrder, Printer } from './printer.ts'

export function jsonPrinter(showManagedFields: boolean): Printer {
  return {
    print: (object, order) =>
      goJsonIndented(withoutManagedFields(object, showManagedFields), order),
  }
}

/** A second document starts with `---`. */
export function yamlPrinter(showManagedFields: boolean): Printer {
  let count = 0
  return {
    print(object) {
      count += 1
      const text = formatYamlValue(withoutManagedFields(object, showManagedFields), 'sorted')
      return count > 1 ? `---\n${text}` : text
    },
  }
}

/** As Go's MarshalIndent with four spaces or less: keys sorted unless told otherwise, `<`, `>` and `&` escaped, a newline at the end. */
export function goJsonIndented(value: unknown, order: KeyOrder = 'sorted', indent = 4): string {
  const text = JSON.stringify(order === 'given' ? value : sortedKeys(value), null, indent)
  return `${text.replaceAll(/[<>&\u2028\u2029]/g, escapeHtml)}\n`
}

function escapeHtml(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** At every level, as Go sorts the keys of maps. */
export function sortedKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedKeys)
  if (!isMapping(value)) return value
  const sorted: Record<string, unknown> = {}
  for (const key of Object.keys(value).sort(compareBytes)) sorted[key] = sortedKeys(value[key])
  return sorted
}

export function withoutManagedFields(object: KubeObject, keep: boolean): KubeObject {
  if (keep) return object
  const { items } = object
  const plain = strip(object)
  return Array.isArray(items)
    ? { ...plain, items: items.map((item) => (isMapping(item) ? strip(item) : item)) }
    : plain
}

function strip(object: KubeObject): KubeObject {
  if (object.metadata?.['managedFields'] === undefined) return object
  const { managedFields: _managedFields, ...metadata } = object.metadata
  return { ...object, metadata }
}
