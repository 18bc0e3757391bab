/**
 * Sets of fields of an object, in the form in which `managedFields` holds them (fieldsV1): a tree whose
 * edges are path elements: `f:name` a field or key, `k:{"name":"a"}` the item of a list with that key,
 * `v:"x"` the item of a set, `i:0` an index. A node that is empty, or has an edge `.`, belongs to the
 * set itself; other nodes only lead to those that do. Sets are never changed: operations share what
 * they can.
 * Upstream: sigs.k8s.io/structured-merge-diff/v6, fieldpath/set.go and serialize.go.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet
}

/** A set that is being built. */
export interface MutableFieldSet {
  [element: string]: MutableFieldSet | FieldSet
}

const self = '.'

/** The set without members; as a node below another one, a member without children. */
export const emptyFieldSet: FieldSet = Object.freeze({})

export function isEmptyFieldSet(set: FieldSet): boolean {
  for (const _element in set) return false
  return true
}

/** Whether the node itself belongs to the set. */
function isMember(node: FieldSet): boolean {
  return node[self] !== undefined || isEmptyFieldSet(node)
}

/** Adds the member at `element` to a set that is being built, with what is below it. */
export function insertMember(
  into: MutableFieldSet,
  element: string,
  children: MutableFieldSet | FieldSet,
): void {
  into[element] = isEmptyFieldSet(children as FieldSet)
    ? emptyFieldSet
    : { [self]: emptyFieldSet, ...children }
}

/** Adds what is below `element`, unless that is nothing. */
export function insertChildren(
  into: MutableFieldSet,
  element: string,
  children: MutableFieldSet | FieldSet,
): void {
  if (!isEmptyFieldSet(children as FieldSet)) into[element] = children
}

export function unionFieldSets(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || isEmptyFieldSet(b)) return a
  if (isEmptyFieldSet(a)) return b
  const union: MutableFieldSet = { ...a }
  for (const element in b) {
    const left = a[element]
    const right = b[element] as FieldSet
    union[element] = left === undefined ? right : unionNodes(left, right)
  }
  return union as FieldSet
}

function unionNodes(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptyFieldSet(a) && isEmptyFieldSet(b)) return emptyFieldSet
  const united = unionFieldSets(a, b)
  const member = isMember(a) || isMember(b)
  return member && united[self] === undefined ? { [self]: emptyFieldSet, ...united } : united
}

/** The members of `a` that are not members of `b`. */
export function differenceOfFieldSets(a: FieldSet, b: FieldSet): FieldSet {
  return filtered(a, b, (left, right) => {
    const children = differenceOfFieldSets(childrenOf(left), childrenOf(right))
    return node(isMember(left) && !isMember(right), children)
  })
}

/** The members of `a` that are neither members of `b` nor below one. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return filtered(a, b, (left, right) => {
    if (isMember(right)) return undefined
    return node(isMember(left), recursiveDifference(childrenOf(left), right))
  })
}

function filtered(
  a: FieldSet,
  b: FieldSet,
  subtract: (left: FieldSet, right: FieldSet) => FieldSet | undefined,
): FieldSet {
  if (isEmptyFieldSet(a) || isEmptyFieldSet(b)) return a
  let difference: MutableFieldSet | undefined
  for (const element in a) {
    const right = b[element]
    if (right === undefined || element === self) continue
    const left = a[element] as FieldSet
    const kept = subtract(left, right)
    if (kept === left) continue
    difference ??= { ...a }
    if (kept === undefined) delete difference[element]
    else difference[element] = kept
  }
  return (difference as FieldSet | undefined) ?? a
}

export function intersectFieldSets(a: FieldSet, b: FieldSet): FieldSet {
  const intersection: MutableFieldSet = {}
  for (const element in a) {
    const right = b[element]
    if (right === undefined || element === self) continue
    const left = a[element] as FieldSet
    const common = node(
      isMember(left) && isMember(right),
      intersectFieldSets(childrenOf(left), childrenOf(right)),
    )
    if (common !== undefined) intersection[element] = common
  }
  return intersection as FieldSet
}

function childrenOf(node: FieldSet): FieldSet {
  if (node[self] === undefined) return node
  const { [self]: _self, ...children } = node
  return children
}

function node(member: boolean, children: FieldSet): FieldSet | undefined {
  if (isEmptyFieldSet(children)) return member ? emptyFieldSet : undefined
  return member ? { [self]: emptyFieldSet, ...children } : children
}

export function equalFieldSets(a: FieldSet, b: FieldSet): boolean {
  return (
    a === b ||
    (isEmptyFieldSet(differenceOfFieldSets(a, b)) && isEmptyFieldSet(differenceOfFieldSets(b, a)))
  )
}

/** Every field that leads to a member becomes one, as upstream's EnsureNamedFieldsAreMembers. */
export function withNamedFields(set: FieldSet): FieldSet {
  const result: MutableFieldSet = {}
  for (const element in set) {
    if (element === self) continue
    const below = set[element] as FieldSet
    const children = withNamedFields(childrenOf(below))
    const kept = node(element.startsWith('f:') || isMember(below), children)
    if (kept !== undefined) result[element] = kept
  }
  return result as FieldSet
}

/** The path elements of every member, in order. */
export function membersOf(set: FieldSet): readonly (readonly string[])[] {
  const members: (readonly string[])[] = []
  const walk = (below: FieldSet, path: readonly string[]): void => {
    for (const element of Object.keys(below).sort()) {
      if (element === self) continue
      const child = below[element] as FieldSet
      const here = [...path, element]
      if (isMember(child)) members.push(here)
      walk(child, here)
    }
  }
  walk(set, [])
  return members
}

/** `.spec.containers[name="c"].image`, as messages name a path. */
export function formatFieldPath(path: readonly string[]): string {
  return path.map(formatElement).join('')
}

function formatElement(element: string): string {
  const rest = element.slice(2)
  switch (element[0]) {
    case 'k': {
      const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>)
      return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`
    }
    case 'v':
      return `[=${rest}]`
    case 'i':
      return `[${rest}]`
    default:
      return `.${rest}`
  }
}

/** The set with the one member at `path`. */
export function fieldSetOf(...path: readonly string[]): FieldSet {
  return path.reduceRight<FieldSet>((below, element) => ({ [element]: below }), emptyFieldSet)
}

/** The fields that tell items apart, and what they count as where they are not set. */
export interface ItemKeys {
  readonly listMapKeys: readonly string[]
  readonly keyDefaults?: Readonly<Record<string, unknown>>
}

type Item = Readonly<Record<string, unknown>>

/** The element of an item of a list whose items are told apart by these fields. */
export function keyElement(item: Item, keys: ItemKeys): string {
  const { listMapKeys } = keys
  if (listMapKeys.length === 1) return `k:{${keyPair(item, keys, listMapKeys[0] as string)}}`
  const sorted = listMapKeys.toSorted()
  return `k:{${sorted.map((key) => keyPair(item, keys, key)).join(',')}}`
}

function keyPair(item: Item, keys: ItemKeys, key: string): string {
  return `"${key}":${JSON.stringify(keyValue(item, keys, key) ?? null)}`
}

/** What an item is told apart by; undefined when it says nothing and there is no default. */
export function keyValue(item: Item, { keyDefaults }: ItemKeys, key: string): unknown {
  return item[key] ?? keyDefaults?.[key]
}

/** The element of an item of a list that is a set. */
export function valueElement(item: unknown): string {
  return `v:${JSON.stringify(item)}`
}
