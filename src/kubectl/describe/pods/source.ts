/** Where a volume comes from: exactly one of many fields says it. */
import type { PrefixWriter } from '#kubectl/describe/prefix-writer.ts'

export type WriteSource<T> = (w: PrefixWriter, source: T) => void

/** For each field that may say it, how that is told. */
export type SourceTable<S> = { readonly [K in keyof S]-?: WriteSource<NonNullable<S[K]>> }

/** The label with its colon, and the value. */
export type SourceRow<T> = readonly [label: string, value: (source: T) => string | number | boolean]

/** A source that is told by its type and rows. */
export function source<T>(type: string, rows: readonly SourceRow<T>[]): WriteSource<T> {
  return (w, from) => {
    w.write(2, `Type:\t${type}\n`)
    for (const [label, value] of rows) w.write(2, `${label}\t${value(from)}\n`)
  }
}

export function writeSource<S>(w: PrefixWriter, table: SourceTable<S>, holder: S): void {
  for (const key in table) if (writeIfGiven(w, { table, holder, key })) return
  w.write(1, '<unknown>\n')
}

function writeIfGiven<S, K extends keyof S>(
  w: PrefixWriter,
  { table, holder, key }: { table: SourceTable<S>; holder: S; key: K },
): boolean {
  const from = holder[key]
  if (from === undefined || from === null) return false
  table[key](w, from)
  return true
}

interface Reference {
  readonly name?: string
  readonly namespace?: string
}

/** A pointer to a reference, as Go prints it. */
export function localReferenceText(reference: Reference | undefined): string {
  return reference === undefined ? 'nil' : `&LocalObjectReference{Name:${reference.name ?? ''},}`
}

export function secretReferenceText(reference: Reference | undefined): string {
  if (reference === undefined) return 'nil'
  const { name = '', namespace = '' } = reference
  return `&SecretReference{Name:${name},Namespace:${namespace},}`
}
