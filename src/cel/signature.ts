/** Overloads as text: `(list<A>, A) -> int`. Capital single letters are type parameters. */
import {
  bool,
  bytes,
  double,
  duration,
  dyn,
  int,
  listOf,
  mapOf,
  nullType,
  opaque,
  optionalOf,
  string,
  timestamp,
  uint,
  type ValueType,
} from './value-type.ts'

export interface Signature {
  readonly parameters: readonly ValueType[]
  readonly result: ValueType
  /** Names of its type parameters. */
  readonly generic: readonly string[]
}

const simple: Readonly<Record<string, ValueType>> = {
  bool,
  bytes,
  double,
  duration,
  dyn,
  int,
  null: nullType,
  string,
  timestamp,
  uint,
}

export function parseSignature(text: string): Signature {
  const [parameters = '', result = ''] = text.split(' -> ')
  const list = readTypes(parameters.slice(1, -1))
  const [resultType = dyn] = readTypes(result)
  const generic = [...new Set(text.match(/\b[A-Z]\b/g) ?? [])]
  return { parameters: list, result: resultType, generic }
}

function readTypes(text: string): ValueType[] {
  const words = text.match(/[\w.]+|[<>]/g) ?? []
  const types: ValueType[] = []
  while (words.length > 0) {
    if (words[0] === '>') break
    types.push(readType(words))
  }
  return types
}

function readType(words: string[]): ValueType {
  const name = words.shift() ?? ''
  if (words.at(0) !== '<') {
    if (/^[A-Z]$/.test(name)) return { kind: 'parameter', name }
    return simple[name] ?? opaque(name)
  }
  words.shift()
  const inner: ValueType[] = []
  while (words.at(0) !== '>') inner.push(readType(words))
  words.shift()
  const [first = dyn, second = dyn] = inner
  if (name === 'list') return listOf(first)
  if (name === 'map') return mapOf(first, second)
  if (name === 'optional') return optionalOf(first)
  return { kind: 'type', of: first }
}
