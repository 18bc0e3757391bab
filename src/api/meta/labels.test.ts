import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatLabelSelector, labelSelectorMatcher, parseLabelSelector } from './labels.ts'

const web = { app: 'web', tier: 'front', weight: '10' }

/** Selector, its printed form, and whether it matches the labels above. */
for (const [text, printed, matches] of [
  ['', '', true],
  ['app=web', 'app=web', true],
  ['app==web', 'app==web', true],
  ['app != web', 'app!=web', false],
  ['gone!=web', 'gone!=web', true],
  ['app', 'app', true],
  ['!app', '!app', false],
  ['!gone', '!gone', true],
  ['tier in (front, back)', 'tier in (back,front)', true],
  ['tier notin (front)', 'tier notin (front)', false],
  ['gone notin (a)', 'gone notin (a)', true],
  ['weight>9', 'weight>9', true],
  ['weight<9', 'weight<9', false],
  ['tier>1', 'tier>1', false],
  ['tier=front,app=web', 'app=web,tier=front', true],
  ['tier=front,app=x', 'app=x,tier=front', false],
  ['app=', 'app=', false],
  ['app in (,web)', 'app in (,web)', true],
  ['in=x', 'in=x', false],
  ['example.com/a,app in (web)', 'app in (web),example.com/a', false],
  [' app = web ', 'app=web', true],
] as const) {
  test(`${JSON.stringify(text)} ${matches ? 'selects' : 'does not select'} web`, () => {
    const selector = parseLabelSelector(text)
    assert.equal(String(selector), printed)
    assert.equal(selector.matches(web), matches)
  })
}

const qualified =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

for (const [text, message] of [
  ['==', "found '==', expected: !, identifier, or 'end of string'"],
  ['a=b,', "found '', expected: identifier after ','"],
  ['a b', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ['a=b c', "found 'c', expected: ',' or 'end of string'"],
  ['a in b', "unable to parse requirement: found 'b' expected: '('"],
  ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
  ['a in (=)', "unable to parse requirement: found '=', expected: ',', ')' or identifier"],
  [
    'a in ()',
    `unable to parse requirement: values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty`,
  ],
  [
    'a>x',
    `unable to parse requirement: values[0]: Invalid value: "x": for 'Gt', 'Lt' operators, the value must be an integer`,
  ],
  ['_a=b', `unable to parse requirement: <nil>: Invalid value: "_a": ${qualified}`],
  ['!=a', "found '!=', expected: !, identifier, or 'end of string'"],
  ['a=(', "unable to parse requirement: found '(', expected: identifier"],
] as const) {
  test(`${JSON.stringify(text)} cannot be read`, () => {
    assert.throws(() => parseLabelSelector(text), { name: 'LabelSelectorError', message })
  })
}

test('an absent selector selects nothing, an empty one everything', () => {
  assert.equal(labelSelectorMatcher(undefined).matches(web), false)
  assert.equal(labelSelectorMatcher({}).matches(undefined), true)
})

for (const [operator, values, matches] of [
  ['In', ['web', 'db'], true],
  ['NotIn', ['db'], true],
  ['Exists', undefined, true],
  ['DoesNotExist', undefined, false],
] as const) {
  test(`the expression ${operator}`, () => {
    const expression = { key: 'app', operator, ...(values && { values: [...values] }) }
    const selector = labelSelectorMatcher({
      matchLabels: { tier: 'front' },
      matchExpressions: [expression],
    })
    assert.equal(selector.matches(web), matches)
  })
}

test('an operator that there is not', () => {
  assert.throws(() => labelSelectorMatcher({ matchExpressions: [{ key: 'a', operator: 'Is' }] }), {
    message: '"Is" is not a valid label selector operator',
  })
})

test('selectors print as kubectl shows them', () => {
  assert.equal(formatLabelSelector({}), '<none>')
  assert.equal(
    formatLabelSelector({
      matchLabels: { b: '1', a: '2' },
      matchExpressions: [{ key: 'c', operator: 'In', values: ['y', 'x'] }],
    }),
    'a=2,b=1,c in (x,y)',
  )
})

test('names of objects’ own properties are no labels', () => {
  assert.equal(parseLabelSelector('constructor').matches({}), false)
})
