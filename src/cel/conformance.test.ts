/** The conformance suite of the CEL specification, with the types and messages that cel-go gives. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { inspect } from 'node:util'
import { tests } from '@bufbuild/cel-spec/testdata/conformance.js'
import { compile } from './compile.ts'
import { equal } from './equality.ts'
import { Duration, LiteralMap, ListValue, Timestamp, TypeValue, Uint, type Value } from './value.ts'
import {
  bool,
  bytes,
  double,
  duration,
  dyn,
  formatType,
  int,
  listOf,
  mapOf,
  nullType,
  string,
  timestamp,
  uint,
  type ValueType,
} from './value-type.ts'
import { parseDurationNanos } from '#api/duration.ts'
import { parseTimestamp } from './instant.ts'

type Json = Readonly<Record<string, unknown>>

/** Not in Kubernetes' environments: protocol buffers and other extensions of the language. */
const otherSuites = new Set([
  'bindings_ext',
  'block_ext',
  'dynamic',
  'encoders_ext',
  'enums',
  'math_ext',
  'proto2',
  'proto2_ext',
  'proto3',
  'wrappers',
])

/** What needs more than Kubernetes gives: messages, names in backticks, later string functions. */
const otherTests = /TestAllTypes|cel\.expr|google\.protobuf\.(?!Timestamp|Duration)|`|reverse\(/

function parts(value: unknown): Json {
  assert.ok(typeof value === 'object' && value !== null)
  return value as Json
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

const readers: Readonly<Record<string, (raw: unknown) => Value>> = {
  nullValue: () => null,
  boolValue: (raw) => raw === true,
  int64Value: (raw) => BigInt(String(raw)),
  uint64Value: (raw) => new Uint(BigInt(String(raw))),
  doubleValue: Number,
  stringValue: String,
  bytesValue: (raw) => Uint8Array.fromBase64(String(raw)),
  typeValue: (raw) => new TypeValue({ kind: 'opaque', name: String(raw) }),
  listValue: (raw) => new ListValue(list(parts(raw)['values']).map(valueOf)),
  mapValue: (raw) =>
    new LiteralMap(
      list(parts(raw)['entries']).map((entry) => {
        const { key, value } = parts(entry)
        return [valueOf(key), valueOf(value)] as const
      }),
    ),
  objectValue(raw) {
    const { '@type': name, value } = parts(raw)
    if (String(name).endsWith('Timestamp')) return new Timestamp(parseTimestamp(String(value)))
    assert.match(String(name), /Duration$/)
    return new Duration(parseDurationNanos(String(value)))
  },
}

function valueOf(json: unknown): Value {
  const [kind = '', raw] = Object.entries(parts(json))[0] ?? []
  const read = readers[kind]
  assert.ok(read !== undefined, kind)
  return read(raw)
}

const primitives: Readonly<Record<string, ValueType>> = {
  BOOL: bool,
  INT64: int,
  UINT64: uint,
  DOUBLE: double,
  STRING: string,
  BYTES: bytes,
  TIMESTAMP: timestamp,
  DURATION: duration,
}

function typeOf(json: unknown): ValueType | undefined {
  const type = parts(json)
  if ('dyn' in type) return dyn
  if ('null' in type) return nullType
  if ('primitive' in type) return primitives[String(type['primitive'])]
  if ('wellKnown' in type) return primitives[String(type['wellKnown'])]
  if ('listType' in type) {
    const element = typeOf(parts(type['listType'])['elemType'])
    return element && listOf(element)
  }
  if ('mapType' in type) {
    const { keyType, valueType } = parts(type['mapType'])
    const [key, value] = [typeOf(keyType), typeOf(valueType)]
    return key && value && mapOf(key, value)
  }
  return undefined
}

/** Undefined: the test declares what Kubernetes has not. */
function environmentOf(original: Json): Record<string, ValueType> | undefined {
  const variables: Record<string, ValueType> = {}
  for (const declaration of list(original['typeEnv'])) {
    const { name, ident } = parts(declaration)
    const type = ident === undefined ? undefined : typeOf(parts(ident)['type'])
    if (type === undefined) return undefined
    variables[String(name)] = type
  }
  return variables
}

interface Case {
  readonly original: Json & { readonly expr: string }
  /** By cel-go without the extensions that Kubernetes switches on. */
  readonly type?: string
  readonly error?: string
}

/** What cel-go says where it lacks an extension, or has a smaller limit. */
const lacking =
  /unsupported syntax|recursion limit|undeclared reference to '(?:optional|exists|all|existsOne|transform\w+)'/
/** Kubernetes wants the elements of a literal to be of one type. */
const heterogeneous = /expected type '.*' but found '/
/** Kubernetes looks into literals before it evaluates. */
const literal = /invalid (?:timestamp|duration|matches) argument/

function run({ original, type, error }: Case): void {
  const variables = environmentOf(original) ?? {}
  const compiled = compile(original.expr, { variables })
  const comparable = error === undefined || !lacking.test(error)
  if (!compiled.ok) {
    if ((error === undefined || !comparable) && heterogeneous.test(compiled.problems)) return
    if ('evalError' in original && literal.test(compiled.problems)) return
    assert.equal(compiled.problems, error)
    return
  }
  if (comparable) {
    assert.equal(error, undefined)
    assert.equal(formatType(compiled.program.type), type)
  }
  if ('checkOnly' in original) return
  const bindings = Object.entries((original['bindings'] ?? {}) as Json)
  const data = Object.fromEntries(
    bindings.map(([name, binding]) => [name, valueOf(parts(binding)['value'])]),
  )
  const outcome = compiled.program.evaluate(data)
  if ('evalError' in original) assert.ok(!outcome.ok, 'should fail')
  else {
    assert.ok(outcome.ok, outcome.ok ? '' : outcome.message)
    const wanted = 'value' in original ? valueOf(original['value']) : true
    const bothNaN = Number.isNaN(outcome.value) && Number.isNaN(wanted)
    const shown = `${inspect(outcome.value)} is not ${inspect(wanted)}`
    assert.ok(bothNaN || equal(outcome.value, wanted), shown)
  }
}

function runnable({ original }: Case): boolean {
  if ('disableCheck' in original || 'container' in original || 'typedResult' in original)
    return false
  return !otherTests.test(JSON.stringify(original)) && environmentOf(original) !== undefined
}

for (const { name, suites = [] } of tests.suites ?? []) {
  if (otherSuites.has(name)) continue
  for (const section of suites) {
    suite(`${name}, ${section.name}`, () => {
      for (const one of (section.tests ?? []).filter(runnable)) {
        const title = `${one.original.name ?? ''}: ${one.original.expr}`
        test(title, () => run(one))
      }
    })
  }
}
