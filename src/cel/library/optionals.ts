/** Values that may not be there. Upstream: cel-go cel/library.go, optionalLib. */
import { fn, method, type FunctionRow } from '#cel/functions.ts'
import {
  EvaluationError,
  isMap,
  ListValue,
  none,
  OptionalValue,
  Uint,
  type Value,
} from '#cel/value.ts'

function isZero(value: Value): boolean {
  if (value === null || value === false || value === '') return true
  if (value === 0n || value === 0) return true
  if (value instanceof Uint) return value.value === 0n
  if (value instanceof Uint8Array) return value.length === 0
  if (value instanceof ListValue) return value.size === 0
  return typeof value === 'object' && isMap(value) && value.size === 0
}

function valueOf({ value }: OptionalValue): Value {
  if (value === undefined) throw new EvaluationError('optional.none() dereference')
  return value
}

/** The planner runs these: their argument may not be needed. */
const unplanned = (): Value => {
  throw new Error('run by program.ts')
}

export const optionals: readonly FunctionRow[] = [
  fn('optional.of', '(A) -> optional<A>', { run: (value: Value) => new OptionalValue(value) }),
  fn('optional.ofNonZeroValue', '(A) -> optional<A>', {
    run: (value: Value) => (isZero(value) ? none : new OptionalValue(value)),
  }),
  fn('optional.none', '() -> optional<A>', { run: () => none }),
  method('hasValue', '(optional<A>) -> bool', {
    run: ({ value }: OptionalValue) => value !== undefined,
  }),
  method('value', '(optional<A>) -> A', { run: valueOf }),
  method('or', '(optional<A>, optional<A>) -> optional<A>', { run: unplanned }),
  method('orValue', '(optional<A>, A) -> A', { run: unplanned }),
]
