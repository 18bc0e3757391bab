import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as names from './names.ts'

const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const subdomain = String.raw`a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`
const label1035 =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
const qualified =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
const value =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
const configKey =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"

type Case = readonly [(name: string) => readonly string[], string, readonly string[]]

const cases: readonly Case[] = [
  [names.validateDns1123Label, 'a', []],
  [names.validateDns1123Label, '1-a', []],
  [names.validateDns1123Label, 'A', [label]],
  [names.validateDns1123Label, '', [label]],
  [names.validateDns1123Label, 'a\n', [label]],
  [names.validateDns1123Label, 'a'.repeat(64), ['must be no more than 63 characters']],
  [names.validateDns1123Label, 'é'.repeat(32), ['must be no more than 63 characters', label]],
  [names.validateDns1123Subdomain, 'a.b-c.d', []],
  [names.validateDns1123Subdomain, 'Bad_Name', [subdomain]],
  [names.validateDns1123Subdomain, 'a'.repeat(254), ['must be no more than 253 characters']],
  [names.validateDns1035Label, 'a1', []],
  [names.validateDns1035Label, '9x', [label1035]],
  [names.validateQualifiedName, 'a', []],
  [names.validateQualifiedName, 'example.com/a_B.c', []],
  [names.validateQualifiedName, 'a b', [`name part ${qualified}`]],
  [names.validateQualifiedName, '/a', ['prefix part must be non-empty']],
  [names.validateQualifiedName, 'a/', ['name part must be non-empty', `name part ${qualified}`]],
  [names.validateQualifiedName, 'A/a', [`prefix part ${subdomain}`]],
  [names.validateQualifiedName, 'a'.repeat(64), ['name part must be no more than 63 bytes']],
  [
    names.validateQualifiedName,
    'a/b/c',
    [
      `a valid label key ${qualified} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ],
  ],
  [names.validateLabelValue, '', []],
  [names.validateLabelValue, 'a_b', []],
  [names.validateLabelValue, '-a', [value]],
  [names.validateLabelValue, 'a'.repeat(64), ['must be no more than 63 bytes']],
  [names.validateConfigMapKey, 'a.b_C-1', []],
  [names.validateConfigMapKey, 'a b', [configKey]],
  [names.validateConfigMapKey, '..', ["must not be '..'"]],
  [names.validateConfigMapKey, '..a', ["must not start with '..'"]],
  [names.validateEnvironmentName, 'A.b-1', []],
  [
    names.validateEnvironmentName,
    'a=b',
    [
      "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')",
    ],
  ],
  [names.validateRelaxedEnvironmentName, '1 a', []],
  [
    names.validateRelaxedEnvironmentName,
    'a=',
    [
      "a valid environment variable name must consist only of printable ASCII characters other than '='",
    ],
  ],
  [names.validateRelaxedEnvironmentName, '', ['environment variable name must be non-empty']],
  [names.validatePathSegment, 'system:node', []],
  [names.validatePathSegment, '..', ["may not be '..'"]],
  [names.validatePathSegment, 'a/b%', ["may not contain '/'", "may not contain '%'"]],
  [names.validatePortName, 'http', []],
  [names.validatePortName, '80', ['must contain at least one letter (a-z)']],
  [names.validatePortName, 'a--b', ['must not contain consecutive hyphens']],
  [names.validatePortName, '-a', ['must not begin or end with a hyphen']],
  [
    names.validatePortName,
    'A'.repeat(16),
    [
      'must be no more than 15 characters',
      'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)',
      'must contain at least one letter (a-z)',
    ],
  ],
  [names.validateWildcardDns1123Subdomain, '*.example.com', []],
  [names.validatePercent, '25%', []],
  [names.validateCIdentifier, 'a_1', []],
  [names.validateHttpHeaderName, 'X-A', []],
]

for (const [validate, name, messages] of cases) {
  test(`${validate.name}(${JSON.stringify(name.slice(0, 20))})`, () => {
    assert.deepEqual(validate(name), messages)
  })
}

test('the other validators refuse', () => {
  for (const [validate, name] of [
    [names.validateWildcardDns1123Subdomain, 'example.com'],
    [names.validatePercent, '25'],
    [names.validateCIdentifier, '1a'],
    [names.validateHttpHeaderName, 'X_A'],
  ] as const) {
    assert.equal(validate(name).length, 1)
  }
  assert.deepEqual(names.validatePortNumber(0), ['must be between 1 and 65535, inclusive'])
  assert.deepEqual(names.validatePortNumber(65535), [])
})

test('a prefix of a generated name may end in a dash', () => {
  const validate = names.objectName(names.validateDns1123Subdomain)
  assert.deepEqual(validate('web-', true), [])
  assert.deepEqual(validate('web-', false), [subdomain])
})

test('generated names end in five safe letters and fit', () => {
  const numbers = [0, 0.5, 0.999, 0.1, 0.9]
  const random = (): number => numbers.shift() ?? 0
  assert.equal(names.generateName('web-', random), 'web-br9d7')
  assert.equal(
    names.generateName('a'.repeat(80), () => 0),
    `${'a'.repeat(58)}bbbbb`,
  )
})

test('hashes are encoded in safe letters', () => {
  assert.equal(names.safeEncode('0123456789'), '456789bcdf')
})
