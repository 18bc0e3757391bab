import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toJson } from './adapt.ts'
import { compile, type Environment } from './compile.ts'
import { AuthorizerValue, authorizerType } from './library/authorizer.ts'
import type { Value } from './value.ts'
import {
  double,
  dyn,
  int,
  listOf,
  objectOf,
  opaque,
  string,
  timestamp,
  type ListType,
} from './value-type.ts'

const tags: ListType = { kind: 'list', element: string, merge: 'set' }

const environment: Environment = {
  variables: {
    object: dyn,
    authorizer: opaque(authorizerType),
    self: {
      ...objectOf('Widget', { replicas: int, ratio: double, name: string, tags, when: timestamp }),
      fields: new Map([
        ['replicas', { type: int }],
        ['ratio', { type: double }],
        ['name', { type: string }],
        ['tags', { type: tags }],
        ['ports', { type: listOf(int) }],
        ['when', { type: timestamp }],
        ['__namespace__', { type: string, property: 'namespace' }],
      ]),
    },
  },
}

const authorizer = new AuthorizerValue(({ verb, resource, path, serviceAccount }) => ({
  allowed: verb === 'create' && resource?.resource === 'deployments' && resource.group === 'apps',
  reason: serviceAccount?.name ?? path ?? 'user',
}))

const data = {
  authorizer,
  object: { metadata: { name: 'web', labels: { app: 'web' } }, spec: { replicas: 3, ratio: 1.5 } },
  self: {
    replicas: 3,
    ratio: 2,
    name: 'web',
    tags: ['a', 'b'],
    ports: [80, 443],
    when: '2024-02-29T12:00:00Z',
    namespace: 'default',
  },
}

function shown(value: Value): unknown {
  return toJson(value)
}

const values: readonly (readonly [string, unknown])[] = [
  ['object.spec.replicas + 1', 4],
  ['object.spec.ratio * 2.0', 3],
  ['object.spec.replicas >= 2.5', true],
  ['self.ratio / 4.0', 0.5],
  ['self.__namespace__', 'default'],
  ["self.tags == ['b', 'a']", true],
  ["(self.tags + ['c', 'a']).size()", 3],
  ["self.when - timestamp('2024-02-28T12:00:00Z') == duration('24h')", true],
  ['self.when.getMonth()', 1],
  ["self.when.getHours('Europe/Berlin')", 13],
  ["has(object.spec.paused) || object.?spec.paused.orValue('no') == 'no'", true],
  ["object.metadata.labels['app']", 'web'],
  ["object.metadata.?labels['none'].hasValue()", false],
  ["'web' in [object.metadata.name]", true],
  ["'app' in object.metadata.labels", true],
  ['self.ports.isSorted() && self.ports.sum() == 523 && self.ports.max() == 443', true],
  ['self.ports.indexOf(443)', 1],
  ["'abc 123 def 456'.findAll('[0-9]+', 1)", ['123']],
  ["'abc 123'.find('[0-9]+')", '123'],
  ["'web-1'.matches('^web-[0-9]+$')", true],
  ["url('https://user@example.com:8080/a b?x=1&x=2').getHostname()", 'example.com'],
  ["url('https://example.com/?x=1&x=2').getQuery()['x'].join()", '12'],
  ["isURL('../relative')", false],
  ["ip('fe80::1').isLinkLocalUnicast() && ip('10.0.0.1').family() == 4", true],
  ["isIP('1.2.3.04')", false],
  ["ip.isCanonical('2001:DB8::ABCD')", false],
  ["cidr('192.168.0.0/16').containsCIDR('192.168.4.0/24')", true],
  ["string(cidr('192.168.1.9/16').masked())", '192.168.0.0/16'],
  ["quantity('1.5Gi').compareTo(quantity('1536Mi'))", 0],
  ["quantity('50k').sub(20000).asInteger()", 30_000],
  ["quantity('500m').isInteger()", false],
  ["isQuantity('1x')", false],
  ["semver('1.2.3-rc.1').isLessThan(semver('1.2.3'))", true],
  ["semver('v1.2', true).minor()", 2],
  ["format.dns1123Label().validate('web').hasValue()", false],
  ["format.named('nothing').hasValue()", false],
  ["format.named('uuid').value().validate('x').value()[0]", 'does not match the UUID format'],
  ["'%s has %d'.format(['web', dyn(3)])", 'web has 3'],
  ["'a,b,c'.split(',', 2)", ['a', 'b,c']],
  ["'héllo'.charAt(1) + 'héllo'.substring(2)", 'éllo'],
  ["' x '.trim().upperAscii().replace('X', 'yy')", 'yy'],
  ['sets.equivalent([1, 2], [2, 1, 1])', true],
  ['[1, 2].transformMapEntry(i, v, {v: i})', { 1: 0, 2: 1 }],
  ['[3, 4].all(i, v, v == i + 3)', true],
  ['optional.of(2).optMap(x, x * 2).orValue(0) + optional.none().orValue(1)', 5],
  ["authorizer.group('apps').resource('deployments').check('create').allowed()", true],
  ["authorizer.serviceAccount('ns', 'sa').path('/x').check('get').reason()", 'sa'],
  ['[[1, 2], [3]].map(x, x.map(y, y + 1)).map(z, z.sum())', [5, 4]],
  ['1 / 0 == 1 || true', true],
  ['[0, 1].exists(x, 1 / x == 1)', true],
]

for (const [expression, expected] of values) {
  test(`${expression} is ${JSON.stringify(expected)}`, () => {
    const compiled = compile(expression, environment)
    assert.ok(compiled.ok, compiled.ok ? '' : compiled.problems)
    const outcome = compiled.program.evaluate(data)
    assert.ok(outcome.ok, outcome.ok ? '' : outcome.message)
    assert.deepEqual(shown(outcome.value), expected)
  })
}

const failures = [
  ['object.spec.paused', 'no such key: paused'],
  ['object.metadata.name.first', 'no such overload'],
  ['object.metadata.name + 1', 'no such overload'],
  ['self.ports[2]', 'index out of bounds: 2'],
  ['1 / (self.replicas - 3)', 'division by zero'],
  ['9223372036854775807 + self.replicas', 'integer overflow'],
  ["int('x')", 'strconv.ParseInt: parsing "x": invalid syntax'],
  ['dyn(1).charAt(0)', 'no such overload: charAt(int, int)'],
  ['optional.none().value()', 'optional.none() dereference'],
  ["'x'.matches('[' + self.name)", 'error parsing regexp: missing closing ]: `[web`'],
] as const

for (const [expression, message] of failures) {
  test(`${expression} fails: ${message}`, () => {
    const compiled = compile(expression, environment)
    assert.ok(compiled.ok, compiled.ok ? '' : compiled.problems)
    const outcome = compiled.program.evaluate(data)
    assert.equal(outcome.ok ? undefined : outcome.message, message)
  })
}

const problems = [
  ['self.missing', "1:5: undefined field 'missing'"],
  ['nothing', "1:1: undeclared reference to 'nothing' (in container '')"],
  ['self.name.nothing()', "1:18: undeclared reference to 'nothing' (in container '')"],
  [
    'self.replicas == "3"',
    "1:15: found no matching overload for '_==_' applied to '(int, string)'",
  ],
  [
    "self.name.charAt('a')",
    "1:17: found no matching overload for 'charAt' applied to 'string.(string)'",
  ],
  ['self.replicas.x', "1:14: type 'int' does not support field selection"],
  ['[1, "a"]', "1:5: expected type 'int' but found 'string'"],
  [
    'self.replicas.all(x, x)',
    "1:5: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
  ],
  ['package', '1:1: reserved identifier: package'],
  ["duration('1x')", '1:10: invalid duration argument'],
  ["self.name.matches('[')", '1:19: invalid matches argument'],
  ['[].length', "1:3: type 'list(_var0)' does not support field selection"],
  [
    '1 + +',
    "1:5: Syntax error: mismatched input '+' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
  ],
  [
    '[',
    "1:2: Syntax error: mismatched input '<EOF>' expecting {'[', ']', '{', '(', '.', ',', '-', '!', '?', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
  ],
  ['1 2', "1:3: Syntax error: extraneous input '2' expecting <EOF>"],
] as const

for (const [expression, problem] of problems) {
  test(`${expression} is refused: ${problem}`, () => {
    const compiled = compile(expression, environment)
    assert.ok(!compiled.ok)
    assert.equal(compiled.problems.split('\n')[0], `ERROR: <input>:${problem}`)
  })
}

test('a problem shows its line and its place', () => {
  const compiled = compile('true &&\n  self.missing', environment)
  assert.ok(!compiled.ok)
  const lines = ["ERROR: <input>:2:7: undefined field 'missing'", ' |   self.missing', ' | ......^']
  assert.equal(compiled.problems, lines.join('\n'))
})

test('an evaluation ends when it has cost too much', () => {
  const numbers = JSON.stringify(Array.from({ length: 200 }, (_, at) => at))
  const compiled = compile(`${numbers}.all(x, ${numbers}.all(y, x != y + 1000))`, environment)
  assert.ok(compiled.ok)
  const outcome = compiled.program.evaluate(data, 10_000)
  assert.deepEqual(
    outcome.ok ? undefined : { message: outcome.message, exceeded: outcome.exceeded },
    {
      message: 'operation cancelled: actual cost limit exceeded',
      exceeded: true,
    },
  )
})

test('regular expressions take linear time', () => {
  const text = `${'a'.repeat(5000)}!`
  const compiled = compile("object.matches('^(a+)+$')", environment)
  assert.ok(compiled.ok)
  const outcome = compiled.program.evaluate({ object: text })
  assert.equal(outcome.ok && outcome.value, false)
})

test('a variable is not read unless it is needed', () => {
  const compiled = compile('true || object.x == 1', environment)
  assert.ok(compiled.ok)
  const variables = {
    get object(): unknown {
      throw new Error('read')
    },
  }
  assert.equal(compiled.program.evaluate(variables).ok, true)
})
