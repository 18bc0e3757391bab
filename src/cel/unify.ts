/** Which type fits where, and what that says about type parameters. Upstream: cel-go checker/types.go. */
import { dyn, type ValueType } from './value-type.ts'
import type { Signature } from './signature.ts'

/** Nullable in CEL: `timestamp == null` is allowed, `int == null` is not. */
const nullable = new Set<ValueType['kind']>([
  'object',
  'opaque',
  'timestamp',
  'duration',
  'optional',
  'null',
])

export class Unifier {
  #bound = new Map<string, ValueType>()
  #fresh = 0

  /** A signature whose type parameters are unlike all others. */
  instantiate({ parameters, result, generic }: Signature): Omit<Signature, 'generic'> {
    if (generic.length === 0) return { parameters, result }
    const names = new Map(generic.map((name) => [name, this.free()]))
    const rename = (type: ValueType): ValueType =>
      replace(type, (name) => names.get(name) ?? { kind: 'parameter', name })
    return { parameters: parameters.map(rename), result: rename(result) }
  }

  free(): ValueType {
    this.#fresh += 1
    return { kind: 'parameter', name: `_var${this.#fresh - 1}` }
  }

  /** Keeps what was learnt only when all fit. */
  assignable(targets: readonly ValueType[], sources: readonly ValueType[]): boolean {
    if (targets.length !== sources.length) return false
    const before = this.#bound
    this.#bound = new Map(before)
    const fits = targets.every((target, at) => this.#fits(target, sources[at] as ValueType))
    if (!fits) this.#bound = before
    return fits
  }

  /** With what is known of its parameters filled in; the unknown stay. */
  resolve(type: ValueType): ValueType {
    return replace(type, (name) => {
      const bound = this.#bound.get(name)
      return bound === undefined ? { kind: 'parameter', name } : this.resolve(bound)
    })
  }

  /** As {@link resolve}, the unknown as `dyn`. */
  final(type: ValueType): ValueType {
    return replace(this.resolve(type), () => dyn)
  }

  #fits(target: ValueType, source: ValueType): boolean {
    if (target.kind === 'parameter') return this.#bind(target.name, target, source)
    if (source.kind === 'parameter') return this.#bind(source.name, target, source)
    if (isOpen(target) || isOpen(source)) return true
    if (source.kind === 'null') return nullable.has(target.kind)
    if (target.kind === 'null') return nullable.has(source.kind)
    return this.#sameShape(target, source)
  }

  #bind(name: string, target: ValueType, source: ValueType): boolean {
    const other = target.kind === 'parameter' && target.name === name ? source : target
    if (other.kind === 'parameter' && other.name === name) return true
    const bound = this.#bound.get(name)
    if (bound === undefined) {
      if (mentions(this.resolve(other), name)) return false
      this.#bound.set(name, other)
      return true
    }
    const fits = target === other ? this.#fits(other, bound) : this.#fits(bound, other)
    if (fits && moreGeneral(this.resolve(other), this.resolve(bound))) this.#bound.set(name, other)
    return fits
  }

  #sameShape(target: ValueType, source: ValueType): boolean {
    switch (target.kind) {
      case 'list':
        return source.kind === 'list' && this.#fits(target.element, source.element)
      case 'map':
        return (
          source.kind === 'map' &&
          this.#fits(target.key, source.key) &&
          this.#fits(target.value, source.value)
        )
      case 'optional':
        return source.kind === 'optional' && this.#fits(target.of, source.of)
      case 'type':
        return source.kind === 'type'
      case 'object':
      case 'opaque':
        return source.kind === target.kind && source.name === target.name
      default:
        return source.kind === target.kind
    }
  }
}

function isOpen(type: ValueType): boolean {
  return type.kind === 'dyn' || type.kind === 'error'
}

function moreGeneral(candidate: ValueType, known: ValueType): boolean {
  if (isOpen(candidate)) return true
  return known.kind === 'null' && candidate.kind !== 'parameter'
}

function mentions(type: ValueType, name: string): boolean {
  let found = false
  replace(type, (own) => {
    if (own === name) found = true
    return { kind: 'parameter', name: own }
  })
  return found
}

function replace(type: ValueType, by: (name: string) => ValueType): ValueType {
  switch (type.kind) {
    case 'parameter':
      return by(type.name)
    case 'list':
      return { ...type, element: replace(type.element, by) }
    case 'map':
      return { ...type, key: replace(type.key, by), value: replace(type.value, by) }
    case 'optional':
    case 'type':
      return { ...type, of: replace(type.of, by) }
    default:
      return type
  }
}
