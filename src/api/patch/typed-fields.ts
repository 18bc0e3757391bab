/**
 * An object's fields as server-side apply sees them: which there are, and which differ between two
 * objects. Lists and maps are taken apart or as one value as the schema says; without a schema maps are
 * taken apart and lists are one value.
 * Upstream: sigs.k8s.io/structured-merge-diff/v6, typed/compare.go and tofieldset.go.
 */
import type { FieldSchema, ListMerge, SchemaType, StructType } from '#api/schema.ts'
import {
  emptyFieldSet,
  insertChildren,
  insertMember,
  keyElement,
  valueElement,
  type FieldSet,
  type MutableFieldSet,
} from './field-set.ts'
import { equalJson, isObject, type Json } from './patch-error.ts'

/** How a value is taken apart. `listType` is undefined for one value. */
export interface Shape {
  readonly type: SchemaType | undefined
  readonly atomic: boolean
  readonly listType: 'map' | 'set' | undefined
  readonly listMapKeys: readonly string[]
  readonly keyDefaults?: Readonly<Record<string, unknown>>
}

/** Nothing is known of it. */
function isUntyped(type: SchemaType): boolean {
  return type.kind === 'struct' && type.open === true && type.fields.size === 0
}

const deduced: Shape = { type: undefined, atomic: false, listType: undefined, listMapKeys: [] }
const shapes = new WeakMap<FieldSchema, Shape>()

export function shapeOfField(field: FieldSchema): Shape {
  const known = shapes.get(field)
  if (known !== undefined) return known
  const shape: Shape = {
    type: isUntyped(field.type) ? undefined : field.type,
    atomic: field.atomic || isAtomic(field.type),
    ...mergeOf(field),
  }
  shapes.set(field, shape)
  return shape
}

function mergeOf({ listType, listMapKeys, keyDefaults }: ListMerge) {
  return {
    listType: listType === 'atomic' ? undefined : listType,
    listMapKeys,
    ...(keyDefaults !== undefined && { keyDefaults }),
  }
}

function isAtomic(type: SchemaType): boolean {
  return (
    ((type.kind === 'struct' || type.kind === 'map') && type.atomic === true) ||
    (type.kind === 'scalar' && type.scalar === 'any')
  )
}

/** The shape of the items of lists and of the values of maps. */
const shapesOfTypes = new WeakMap<SchemaType, Shape>()

export function shapeOfType(type: SchemaType | undefined): Shape {
  if (type === undefined || isUntyped(type)) return deduced
  const known = shapesOfTypes.get(type)
  if (known !== undefined) return known
  const merge = type.kind === 'list' && type.merge !== undefined ? mergeOf(type.merge) : {}
  const shape: Shape = { ...deduced, ...merge, type, atomic: isAtomic(type) }
  shapesOfTypes.set(type, shape)
  return shape
}

/** The shape of what is under `key` in an object of this shape. */
export function shapeUnder(shape: Shape, key: string): Shape {
  const type = shape.type
  if (type === undefined) return deduced
  if (type.kind === 'map') return shapeOfType(type.value)
  const field = type.kind === 'struct' ? type.fields.get(key) : undefined
  return field === undefined ? deduced : shapeOfField(field)
}

export function elementOf(shape: Shape, key: string): string {
  if (shape.type?.kind === 'struct') {
    const field = shape.type.fields.get(key)
    if (field !== undefined) return field.element
  }
  return `f:${key}`
}

export function itemShape(shape: Shape): Shape {
  return shapeOfType(shape.type?.kind === 'list' ? shape.type.item : undefined)
}

export function itemElement(shape: Shape, item: unknown): string {
  return shape.listType === 'map' && isObject(item) ? keyElement(item, shape) : valueElement(item)
}

/** Whether a value is taken as one whatever is in it. */
export function isLeaf(shape: Shape, value: unknown): boolean {
  if (shape.atomic || typeof value !== 'object' || value === null) return true
  return Array.isArray(value) && shape.listType === undefined
}

/** All fields that are set in `value`. */
export function fieldsOf(type: StructType | undefined, value: Json): FieldSet {
  return fieldsBelow(shapeOfType(type), value) as FieldSet
}

function fieldsBelow(shape: Shape, value: unknown): MutableFieldSet {
  const set: MutableFieldSet = {}
  if (Array.isArray(value)) {
    const below = itemShape(shape)
    for (const item of value) {
      const children = isLeaf(below, item) ? emptyFieldSet : fieldsBelow(below, item)
      insertMember(set, itemElement(shape, item), children)
    }
    return set
  }
  const named = shape.type?.kind === 'struct' ? shape.type.fields : undefined
  for (const key in value as Json) {
    const item = (value as Json)[key]
    if (item === undefined) continue
    const element = elementOf(shape, key)
    const below = shapeUnder(shape, key)
    if (isLeaf(below, item) || isEmptyMap(item)) set[element] = emptyFieldSet
    else if (named?.has(key) === true) insertChildren(set, element, fieldsBelow(below, item))
    else insertMember(set, element, fieldsBelow(below, item))
  }
  return set
}

function isEmptyMap(value: unknown): boolean {
  if (!isObject(value)) return false
  for (const key in value) if (value[key] !== undefined) return false
  return true
}

export interface Comparison {
  /** Added or modified. */
  readonly changed: FieldSet
  readonly removed: FieldSet
}

/** What differs between two objects; `prior` undefined is the object as Go makes it, with nothing set. */
export function compareFields(
  type: StructType | undefined,
  prior: Json | undefined,
  next: Json,
): Comparison {
  const changed: MutableFieldSet = {}
  const removed: MutableFieldSet = {}
  const before = prior ?? (type === undefined ? {} : zeroOf(type))
  compareMaps(shapeOfType(type), before, next, { changed, removed })
  return { changed: changed as FieldSet, removed: removed as FieldSet }
}

interface Difference {
  readonly changed: MutableFieldSet
  readonly removed: MutableFieldSet
}

function compareMaps(shape: Shape, prior: Json, next: Json, into: Difference): void {
  for (const key in next) {
    if (next[key] === undefined) continue
    const before = Object.hasOwn(prior, key) ? prior[key] : undefined
    if (before === next[key]) continue
    compareAt(elementOf(shape, key), shapeUnder(shape, key), before, next[key], into)
  }
  for (const key in prior) {
    if (prior[key] === undefined || (Object.hasOwn(next, key) && next[key] !== undefined)) continue
    compareAt(elementOf(shape, key), shapeUnder(shape, key), prior[key], undefined, into)
  }
}

/** Either may be undefined, not both. */
function compareAt(
  element: string,
  shape: Shape,
  prior: unknown,
  next: unknown,
  into: Difference,
): void {
  if (next === undefined) {
    into.removed[element] = member(shape, prior)
  } else if (prior === undefined) {
    into.changed[element] = member(shape, next)
  } else if (isTogether(shape, prior, next)) {
    if (!equalJson(prior, next)) into.changed[element] = emptyFieldSet
  } else {
    const inner: Difference = { changed: {}, removed: {} }
    if (Array.isArray(prior)) compareLists(shape, prior, next as unknown[], inner)
    else compareMaps(shape, prior as Json, next as Json, inner)
    insertChildren(into.changed, element, inner.changed)
    insertChildren(into.removed, element, inner.removed)
  }
}

/** Compared as one value: leaves, values of different kinds, and two that are empty. */
function isTogether(shape: Shape, prior: unknown, next: unknown): boolean {
  if (isLeaf(shape, prior) || isLeaf(shape, next)) return true
  if (Array.isArray(prior) !== Array.isArray(next)) return true
  return isEmpty(prior as object) && isEmpty(next as object)
}

function isEmpty(value: object): boolean {
  return Array.isArray(value) ? value.length === 0 : isEmptyMap(value)
}

/**
 * The member for a value that is new or gone, with everything below it: also what only leads to other
 * fields. Every create passes here: each node is made once, already as a member.
 */
function member(shape: Shape, value: unknown): FieldSet {
  if (isLeaf(shape, value)) return emptyFieldSet
  const set: MutableFieldSet = { '.': emptyFieldSet }
  let isAlone = true
  if (Array.isArray(value)) {
    const inner = itemShape(shape)
    for (const item of value) {
      set[itemElement(shape, item)] = member(inner, item)
      isAlone = false
    }
  } else {
    for (const key in value as Json) {
      const item = (value as Json)[key]
      if (item === undefined) continue
      set[elementOf(shape, key)] = member(shapeUnder(shape, key), item)
      isAlone = false
    }
  }
  return isAlone ? emptyFieldSet : (set as FieldSet)
}

function compareLists(
  shape: Shape,
  prior: readonly unknown[],
  next: readonly unknown[],
  into: Difference,
): void {
  const inner = itemShape(shape)
  const before = new Map(prior.map((item) => [itemElement(shape, item), item]))
  for (const item of next) {
    const element = itemElement(shape, item)
    compareAt(element, inner, before.get(element), item, into)
    before.delete(element)
  }
  for (const [element, item] of before) compareAt(element, inner, item, undefined, into)
}

const zeros = new WeakMap<StructType, Json>()

/** What Go writes for an object in which nothing is set. */
function zeroOf(type: StructType): Json {
  const known = zeros.get(type)
  if (known !== undefined) return known
  const zero: Json = {}
  for (const { name, type: field } of type.alwaysWritten) {
    if (field.kind === 'struct') zero[name] = zeroOf(field)
    else if (field.kind === 'list') zero[name] = []
    else if (field.kind === 'map') zero[name] = {}
  }
  zeros.set(type, zero)
  return zero
}
