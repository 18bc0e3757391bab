import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printJsonPath } from './evaluate.ts'
import { JsonPathError, parseJsonPath, relaxedPath } from './parse.ts'

const data = {
  kind: 'List',
  items: [
    { name: 'a', n: 1, labels: { 'x.y/z': 'q' }, list: ['p', 'q'] },
    { name: 'b', n: 2, nothing: null },
    { name: 'c', n: 3.5 },
  ],
}

function run(template: string, allowMissingKeys = true): string {
  return printJsonPath(parseJsonPath(template), data, { allowMissingKeys })
}

for (const [template, printed] of [
  ['{.kind}', 'List'],
  ['kind is {.kind}!', 'kind is List!'],
  ['{.items[*].name}', 'a b c'],
  ['{.items[1].name} {.items[-1].name}', 'b c'],
  ['{.items[0:2].n}', '1 2'],
  ['{.items[::2].n}', '1 3.5'],
  ['{.items[-2:].n}', '2 3.5'],
  ["{.items[*]['name','n']}", 'a b c 1 2 3.5'],
  ["{['kind']}", 'List'],
  ['{.items[0].labels.x\\.y/z}', 'q'],
  ['{.items[?(@.n>1)].name}', 'b c'],
  ['{.items[?(@.name=="b")].n}', '2'],
  ['{.items[?(@.labels)].name}', 'a'],
  ['{.items[?(@.name=~"[ab]")].name}', 'a b'],
  ['{range .items[*]}{.name}={.n}{"\\n"}{end}', 'a=1\nb=2\nc=3.5\n'],
  ['{range .items[*]}[{range .list[*]}{@}{end}]{end}', '[pq][][]'],
  ['{.items[0].list}', '["p","q"]'],
  ['{.items[1]}', '{"n":2,"name":"b","nothing":null}'],
  ['{.nope}', ''],
  ['{.items[0].list[*]}', 'p q'],
  ['{..n}', '1 2 3.5'],
  ['.kind', '.kind'],
  ['{"{"}{.kind}{"}"}', '{List}'],
] as const) {
  test(template, () => assert.equal(run(template), printed))
}

for (const [template, message] of [
  ['{.nope', 'unclosed action'],
  ['{.items[9].n}', 'array index out of bounds: index 9, length 3'],
  ['{.items[x]}', 'invalid array index x'],
  ['{.kind[0]}', 'string is not array or slice'],
  ['{end}', 'not in range, nothing to end'],
  ['{frob}', 'unrecognized identifier frob'],
  ['{"x}', 'unterminated quoted string'],
  ['{.items[?(@.n>1].n}', 'unterminated filter'],
  ['{^}', "unrecognized character in action: U+005E '^'"],
] as const) {
  test(`${template} fails`, () => {
    assert.throws(() => run(template), new JsonPathError(message))
  })
}

test('a missing key can be an error', () => {
  assert.throws(() => run('{.nope}', false), new JsonPathError('nope is not found'))
})

test('paths without braces or dot', () => {
  for (const path of ['a.b', '.a.b', '{a.b}', '{.a.b}']) assert.equal(relaxedPath(path), '{.a.b}')
  assert.throws(() => relaxedPath('{a}{b}'), JsonPathError)
})
