/**
 * Which names are allowed, with upstream's messages (an empty array: allowed).
 * Upstream: staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go and
 * pkg/api/validate/content, pkg/api/validation/path, apiserver/pkg/storage/names/generate.go.
 */

const label1123 = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const subdomain1123 = `${label1123}(\\.${label1123})*`
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?'
const qualified = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'
const labelValue = `(${qualified})?`
const configMapKey = '[-._a-zA-Z0-9]+'
const environmentName = '[-._a-zA-Z][-._a-zA-Z0-9]*'
const percent = '[0-9]+%'
const httpHeader = '[-A-Za-z0-9]+'
const cIdentifier = '[A-Za-z_][A-Za-z0-9_]*'
const wildcard1123 = `\\*\\.${subdomain1123}`

interface Rule {
  readonly pattern: string
  readonly regex: RegExp
  /** What the name must look like. */
  readonly words: string
  readonly examples: readonly string[]
}

function rule(pattern: string, words: string, ...examples: string[]): Rule {
  return { pattern, regex: new RegExp(`^(?:${pattern})$`), words, examples }
}

const alphanumericEnds = 'and must start and end with an alphanumeric character'

const rules = {
  label1123: rule(
    label1123,
    `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', ${alphanumericEnds}`,
    'my-name',
    '123-abc',
  ),
  subdomain1123: rule(
    subdomain1123,
    `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', ${alphanumericEnds}`,
    'example.com',
  ),
  wildcard1123: rule(
    wildcard1123,
    `a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character`,
    '*.example.com',
  ),
  label1035: rule(
    label1035,
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    'my-name',
    'abc-123',
  ),
  qualified: rule(
    qualified,
    `must consist of alphanumeric characters, '-', '_' or '.', ${alphanumericEnds}`,
    'MyName',
    'my.name',
    '123-abc',
  ),
  labelValue: rule(
    labelValue,
    `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', ${alphanumericEnds}`,
    'MyValue',
    'my_value',
    '12345',
  ),
  configMapKey: rule(
    configMapKey,
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    'key.name',
    'KEY_NAME',
    'key-name',
  ),
  environmentName: rule(
    environmentName,
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
    'my.env-name',
    'MY_ENV.NAME',
    'MyEnvName1',
  ),
  percent: rule(
    percent,
    "a valid percent string must be a numeric string followed by an ending '%'",
    '1%',
    '93%',
  ),
  httpHeader: rule(
    httpHeader,
    "a valid HTTP header must consist of alphanumeric characters or '-'",
    'X-Header-Name',
  ),
  cIdentifier: rule(
    cIdentifier,
    `a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'`,
    'my_name',
    'MY_NAME',
    'MyName',
  ),
} satisfies Record<string, Rule>

function mismatch({ words, examples, pattern }: Rule): string {
  const quoted = examples.map((example) => `'${example}', `).join(' or ')
  return `${words} (e.g. ${quoted}regex used for validation is '${pattern}')`
}

const none: readonly string[] = []

function check(value: string, charactersMax: number, wanted: Rule): readonly string[] {
  const fits = value.length <= charactersMax / 4 || bytes(value) <= charactersMax
  if (fits && wanted.regex.test(value)) return none
  const messages: string[] = []
  if (!fits) messages.push(`must be no more than ${charactersMax} characters`)
  if (!wanted.regex.test(value)) messages.push(mismatch(wanted))
  return messages
}

/** Length in UTF-8, as Go's `len` counts. */
function bytes(text: string): number {
  let count = text.length
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code >= 0x80) count += code >= 0x800 && (code < 0xd800 || code > 0xdfff) ? 2 : 1
  }
  return count
}

/** Labels: host names, container names; 63 characters. */
export function validateDns1123Label(value: string): readonly string[] {
  return check(value, 63, rules.label1123)
}

/** What most objects' names are; 253 characters. */
export function validateDns1123Subdomain(value: string): readonly string[] {
  return check(value, 253, rules.subdomain1123)
}

/** Service names. */
export function validateDns1035Label(value: string): readonly string[] {
  return check(value, 63, rules.label1035)
}

/** `*.example.com`, as in an Ingress. */
export function validateWildcardDns1123Subdomain(value: string): readonly string[] {
  return check(value, 253, rules.wildcard1123)
}

/** Keys of labels and annotations, resource names, taint keys: `example.com/name`. */
export function validateQualifiedName(value: string): readonly string[] {
  const parts = value.split('/')
  const messages: string[] = []
  if (parts.length > 2) {
    return [
      `a valid label key ${mismatch(rules.qualified)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const name = parts.at(-1) as string
  if (parts.length === 2) {
    const prefix = parts[0] as string
    if (prefix === '') messages.push('prefix part must be non-empty')
    else
      messages.push(
        ...inBytes(prefix, 253, rules.subdomain1123).map((text) => `prefix part ${text}`),
      )
  }
  if (name === '') messages.push('name part must be non-empty')
  if (bytes(name) > 63) messages.push('name part must be no more than 63 bytes')
  if (!rules.qualified.regex.test(name)) messages.push(`name part ${mismatch(rules.qualified)}`)
  return messages
}

function inBytes(value: string, bytesMax: number, wanted: Rule): readonly string[] {
  const messages: string[] = []
  if (bytes(value) > bytesMax) messages.push(`must be no more than ${bytesMax} bytes`)
  if (!wanted.regex.test(value)) messages.push(mismatch(wanted))
  return messages
}

export function validateLabelValue(value: string): readonly string[] {
  return inBytes(value, 63, rules.labelValue)
}

/** Keys of ConfigMaps and Secrets. */
export function validateConfigMapKey(value: string): readonly string[] {
  return [...check(value, 253, rules.configMapKey), ...dots(value)]
}

/** Names of environment variables before they were relaxed. */
export function validateEnvironmentName(value: string): readonly string[] {
  return [...check(value, Number.MAX_SAFE_INTEGER, rules.environmentName), ...dots(value)]
}

/** Names of environment variables: any printable ASCII but `=`. */
export function validateRelaxedEnvironmentName(value: string): readonly string[] {
  if (value === '') return ['environment variable name must be non-empty']
  if (/^[ -<>-~]+$/.test(value)) return none
  return [
    "a valid environment variable name must consist only of printable ASCII characters other than '='",
  ]
}

function dots(value: string): readonly string[] {
  if (value === '.' || value === '..') return [`must not be '${value}'`]
  return value.startsWith('..') ? ["must not start with '..'"] : none
}

export function validateHttpHeaderName(value: string): readonly string[] {
  return check(value, Number.MAX_SAFE_INTEGER, rules.httpHeader)
}

export function validateCIdentifier(value: string): readonly string[] {
  return check(value, Number.MAX_SAFE_INTEGER, rules.cIdentifier)
}

/** `25%` */
export function validatePercent(value: string): readonly string[] {
  return check(value, Number.MAX_SAFE_INTEGER, rules.percent)
}

/** Names of container ports: at most 15 of a-z, 0-9 and `-`, with a letter. */
export function validatePortName(value: string): readonly string[] {
  const messages: string[] = []
  if (bytes(value) > 15) messages.push('must be no more than 15 characters')
  if (!/^[-a-z0-9]+$/.test(value)) {
    messages.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  }
  if (!/[a-z]/.test(value)) messages.push('must contain at least one letter (a-z)')
  if (value.includes('--')) messages.push('must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) {
    messages.push('must not begin or end with a hyphen')
  }
  return messages
}

export function validatePortNumber(port: number): readonly string[] {
  return port >= 1 && port <= 65535 ? none : ['must be between 1 and 65535, inclusive']
}

/** Names that only have to fit into a path: RBAC objects, CSRs. */
export function validatePathSegment(name: string, prefix = false): readonly string[] {
  if (!prefix && (name === '.' || name === '..')) return [`may not be '${name}'`]
  return ['/', '%'].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`)
}

/** A validator of object names as resources' rows take it; `prefix` is true for a generateName. */
export type NameValidator = (name: string, prefix: boolean) => readonly string[]

/** The name of an object as `validate` wants it, or a prefix to which a suffix is added. */
export function objectName(validate: (name: string) => readonly string[]): NameValidator {
  return (name, prefix) => validate(prefix ? maskTrailingDash(name) : name)
}

/** A generateName may end in a dash: the suffix follows. */
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name
}

const alphabet = 'bcdfghjklmnpqrstvwxz2456789'
const suffixLength = 5
const generatedNameCharactersMax = 63

/** `base` (cut to fit into 63 characters) and five random letters, none of which makes a word. */
export function generateName(base: string, random: () => number): string {
  return (
    base.slice(0, generatedNameCharactersMax - suffixLength) + randomSuffix(suffixLength, random)
  )
}

/** Letters that cannot make a bad word; `random` gives numbers in [0, 1). */
export function randomSuffix(length: number, random: () => number): string {
  let text = ''
  for (let at = 0; at < length; at += 1) text += alphabet[Math.floor(random() * alphabet.length)]
  return text
}

/** Maps digits to safe letters, as upstream's SafeEncodeString does with hashes. */
export function safeEncode(text: string): string {
  let encoded = ''
  for (let at = 0; at < text.length; at += 1) {
    encoded += alphabet[text.charCodeAt(at) % alphabet.length]
  }
  return encoded
}
