/** `format.dns1123Label().validate(name)`. Upstream: apiserver pkg/cel/library/format.go. */
import {
  objectName,
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
  validateLabelValue,
  validateQualifiedName,
} from '#api/meta/names.ts'
import { fn, method, type FunctionRow } from '#cel/functions.ts'
import { parseTimestamp } from '#cel/instant.ts'
import { ListValue, none, OpaqueValue, OptionalValue } from '#cel/value.ts'
import { sizeOf } from '#cel/size.ts'
import { traverse } from './costs.ts'
import { urlProblem } from './urls.ts'

const typeName = 'kubernetes.NamedFormat'

type Validate = (text: string) => readonly string[]

class NamedFormat extends OpaqueValue {
  readonly typeName = typeName
  readonly name: string
  readonly validate: Validate
  /** For estimated costs: how long the format is as a regular expression. */
  readonly patternLength: number

  constructor(name: string, validate: Validate, patternLength: number) {
    super()
    this.name = name
    this.validate = validate
    this.patternLength = patternLength
  }

  equals(other: OpaqueValue): boolean {
    return other instanceof NamedFormat && other.name === this.name
  }
}

const prefix =
  (validate: Validate): Validate =>
  (text) =>
    objectName(validate)(text, true)

const uuid = /^[a-f0-9]{8}-?[a-f0-9]{4}-?[a-f0-9]{4}-?[a-f0-9]{4}-?[a-f0-9]{12}$/i
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

const when =
  (valid: (text: string) => boolean, message: string): Validate =>
  (text) =>
    valid(text) ? [] : [message]

function isInstant(text: string): boolean {
  try {
    parseTimestamp(text)
    return true
  } catch {
    return false
  }
}

const formats: Readonly<Record<string, NamedFormat>> = Object.fromEntries(
  (
    [
      ['dns1123Label', validateDns1123Label, 30],
      ['dns1123Subdomain', validateDns1123Subdomain, 60],
      ['dns1035Label', validateDns1035Label, 30],
      ['qualifiedName', validateQualifiedName, 60],
      ['dns1123LabelPrefix', prefix(validateDns1123Label), 30],
      ['dns1123SubdomainPrefix', prefix(validateDns1123Subdomain), 60],
      ['dns1035LabelPrefix', prefix(validateDns1035Label), 30],
      ['labelValue', validateLabelValue, 40],
      ['uri', (text: string) => [urlProblem(text) ?? []].flat(), 1024],
      ['uuid', when((text) => uuid.test(text), 'does not match the UUID format'), 64],
      ['byte', when((text) => text !== '' && base64.test(text), 'invalid base64'), 80],
      ['date', when((text) => isInstant(`${text}T00:00:00Z`), 'invalid date'), 110],
      ['datetime', when(isInstant, 'invalid datetime'), 110],
    ] as const
  ).map(([name, validate, length]) => [name, new NamedFormat(name, validate, length)]),
)

function validate(format: NamedFormat, text: string): OptionalValue {
  const problems = format.validate(text)
  return problems.length === 0 ? none : new OptionalValue(new ListValue(problems))
}

function named(name: string): OptionalValue {
  const format = Object.hasOwn(formats, name) ? formats[name] : undefined
  return format === undefined ? none : new OptionalValue(format)
}

export const namedFormats: readonly FunctionRow[] = [
  fn('format.named', `(string) -> optional<${typeName}>`, { run: named }),
  ...Object.entries(formats).map(([name, format]) =>
    fn(`format.${name}`, `() -> ${typeName}`, { run: () => format }),
  ),
  method('validate', `(${typeName}, string) -> optional<list<string>>`, {
    run: validate,
    cost: ([format, text]) =>
      traverse(sizeOf(text ?? null) + 1) *
      Math.ceil((format instanceof NamedFormat ? format.patternLength : 1) * 0.25),
  }),
]
