/** `--sort-by`. Upstream: kubectl pkg/cmd/get/sorter.go. */
import { findResults } from '#api/json-path/evaluate.ts'
import { parseJsonPath, relaxedPath } from '#api/json-path/parse.ts'
import { compareQuantities, parseQuantity, QuantityError } from '#api/meta/quantity.ts'
import type { Mapping } from '#kubectl/discovery/mapper.ts'
import { CommandError } from '#kubectl/errors.ts'
import type { KubeObject } from '#kubectl/objects/info.ts'
import type { Table, TableRow } from '#kubectl/printers/table.ts'

interface Part {
  readonly mapping: Mapping
  readonly table: Table
}

/** The rows of each part by a field of their objects. */
export function sortParts(parts: readonly Part[], field: string): readonly Part[] {
  return parts.map(({ mapping, table }) => ({
    mapping,
    table: {
      ...table,
      rows: sortedRows(table.rows, field),
    },
  }))
}

/** Rows of which none has the field are not shown, as in kubectl. */
function sortedRows(rows: readonly TableRow[], field: string): readonly TableRow[] {
  try {
    return sortByField(rows, field, (row) => row.object ?? {})
  } catch (error) {
    if (error instanceof NoFieldError) return []
    throw error
  }
}

class NoFieldError extends CommandError {}

/** A stable order by a field; objects without it come first. Throws CommandError. */
export function sortByField<T>(
  things: readonly T[],
  field: string,
  objectOf: (thing: T) => KubeObject,
): readonly T[] {
  const actions = parseJsonPath(relaxedPath(field))
  const keyed = things.map((thing) => ({ thing, key: keyOf(actions, objectOf(thing)) }))
  if (things.length > 0 && keyed.every(({ key }) => key === undefined)) {
    throw new NoFieldError(
      `couldn't find any field with path ${JSON.stringify(relaxedPath(field))} in the list of objects`,
    )
  }
  return keyed.toSorted((a, b) => compare(a.key, b.key, field)).map(({ thing }) => thing)
}

function keyOf(actions: ReturnType<typeof parseJsonPath>, object: KubeObject): unknown {
  return findResults(actions, object, { allowMissingKeys: true })[0]?.[0]
}

function compare(a: unknown, b: unknown, field: string): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined)
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b)
  throw new CommandError(`unsortable type at ${field}: ${typeof a}`)
}

/** Quantities by what they amount to, the rest letter by letter and number by number. */
function compareTexts(a: string, b: string): number {
  return isQuantity(a) && isQuantity(b) ? compareQuantities(a, b) : compareNatural(a, b)
}

function isQuantity(text: string): boolean {
  try {
    parseQuantity(text)
    return true
  } catch (error) {
    if (error instanceof QuantityError) return false
    throw error
  }
}

/** Runs of digits by their value. Upstream: fvbommel/sortorder, natsort.go. */
function compareNatural(a: string, b: string): number {
  const parts = (text: string): string[] => text.match(/\d+|\D+/g) ?? []
  const [left, right] = [parts(a), parts(b)]
  for (let at = 0; at < left.length && at < right.length; at += 1) {
    const [x, y] = [left[at] as string, right[at] as string]
    if (x === y) continue
    const bothNumbers = /^\d/.test(x) && /^\d/.test(y)
    if (bothNumbers && Number(x) !== Number(y)) return Number(x) - Number(y)
    return x < y ? -1 : 1
  }
  return left.length - right.length
}
