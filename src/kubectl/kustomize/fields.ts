/** Changes fields by path, in lists too. Upstream: kustomize api/filters/fieldspec. */
import { isMapping } from '#kubectl/objects/info.ts'
import type { Json } from '#kubectl/objects/info.ts'
import type { FieldRow } from './field-specs.ts'
import type { Id } from './resource.ts'

/** Gets the mapping or list that holds the field, and its key. */
export type Change = (holder: Json, key: string, creates: boolean) => void

/** Every field of the rows that is for this kind of object. */
export function changeFields(
  object: Json,
  id: Id,
  { rows, change }: { readonly rows: readonly FieldRow[]; readonly change: Change },
): void {
  for (const [path, kinds] of rows) {
    if (!kinds.split(' ').some((kind) => isSelected(kind, id))) continue
    const creates = path.startsWith('+')
    const parts = splitPath(creates ? path.slice(1) : path)
    visit(object, parts, { creates, change })
  }
}

/** `Kind`, `group/version/Kind` with parts that may be empty, `*`. */
export function isSelected(text: string, { group, version, kind }: Omit<Id, 'name' | 'namespace'>) {
  if (text === '*') return true
  const parts = text.split('/')
  if (parts.length === 1) return text === kind
  const wantedKind = parts.at(-1) ?? ''
  const wantedVersion = parts.at(-2) ?? ''
  const wantedGroup = parts.slice(0, -2).join('/')
  return (
    (wantedKind === '' || wantedKind === kind) &&
    (wantedVersion === '' || wantedVersion === version) &&
    (wantedGroup === '' || wantedGroup === group)
  )
}

/** At slashes without a backslash before them. */
function splitPath(path: string): readonly string[] {
  return path.split(/(?<!\\)\//).map((part) => part.replaceAll('\\/', '/'))
}

interface Visit {
  readonly creates: boolean
  readonly change: Change
}

function visit(node: unknown, parts: readonly string[], how: Visit): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, parts, how)
    return
  }
  const [first = '', ...rest] = parts
  if (!isMapping(node)) return
  const isList = first.endsWith('[]')
  const key = isList ? first.slice(0, -2) : first
  if (rest.length === 0) return how.change(node, key, how.creates)
  if (node[key] === undefined || node[key] === null) {
    if (!how.creates || isList) return
    node[key] = {}
  }
  visit(node[key], rest, how)
}
