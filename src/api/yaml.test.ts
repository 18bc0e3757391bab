/**
 * `testdata/scalars.*` is what kubectl 1.36 reads, `testdata/styles.*` what it writes (`kubectl annotate
 * --local`).
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { duplicateYamlKeys, formatYaml, parseYaml, parseYamlDocuments } from './yaml.ts'

function testdata(name: string): string {
  return readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8')
}

type Probe = { readonly probe: readonly unknown[] }

const read = (parseYaml(testdata('scalars.yaml')) as Probe).probe
const expected = (JSON.parse(testdata('scalars.json')) as Probe).probe

read.forEach((value, index) => {
  test(`scalars ${JSON.stringify(value).slice(0, 40)}`, () => {
    assert.deepEqual(value, expected[index])
  })
})

test('styles are written as kubectl writes them', () => {
  const value: unknown = JSON.parse(testdata('styles.json'))
  assert.equal(formatYaml(value, 'sorted'), testdata('styles.yaml'))
})

for (const [value, text] of [
  [{ b: 1, a: undefined, c: null }, 'b: 1\nc: null\n'],
  [[], '[]\n'],
  ['x', 'x\n'],
  [{ ['k'.repeat(130)]: [1] }, `? ${'k'.repeat(130)}\n: - 1\n`],
  [{ a: { b: [{ c: [1, [2]] }] } }, 'a:\n  b:\n  - c:\n    - 1\n    - - 2\n'],
] as const) {
  test(`${JSON.stringify(value).slice(0, 40)} is written`, () => {
    assert.equal(formatYaml(value), text)
    if (text.startsWith('[') || text.startsWith('x')) assert.deepEqual(parseYaml(text), value)
  })
}

for (const [text, message] of [
  ['a: .inf', 'json: unsupported value: +Inf'],
  ['a: -.inf', 'json: unsupported value: -Inf'],
  ['a: .nan', 'json: unsupported value: NaN'],
  ['k: 1\na: b: c', 'yaml: line 2: mapping values are not allowed in this context'],
  ['a: *x', "yaml: unknown anchor 'x' referenced"],
] as const) {
  test(`${JSON.stringify(text)} is refused`, () => {
    assert.throws(() => parseYaml(text), { name: 'YamlError', message })
  })
}

test('documents that hold nothing are left out', () => {
  assert.deepEqual(parseYamlDocuments('---\n# x\n---\na: 1\n---\nb: 2\n'), [{ a: 1 }, { b: 2 }])
  assert.equal(parseYaml(''), undefined)
})

test('the last of two keys counts, and both are told', () => {
  const text = 'a: 1\nb:\n  c: 1\n  c: 2\n'
  assert.deepEqual(parseYaml(text), { a: 1, b: { c: 2 } })
  assert.deepEqual(duplicateYamlKeys(text), [
    'yaml: unmarshal errors:\n  line 4: key "c" already set in map',
  ])
  assert.deepEqual(duplicateYamlKeys('a: 1\n"a": {b: 1, b: 2}\n'), [
    'yaml: unmarshal errors:\n  line 2: key "b" already set in map\n  line 2: key "a" already set in map',
  ])
  assert.deepEqual(duplicateYamlKeys('a: 1\nb: 1\n'), [])
})

test('what aliases stand for is not shared', () => {
  const value = parseYaml('a: &x {b: 1}\nc: *x\n') as { a: object; c: object }
  assert.deepEqual(value, { a: { b: 1 }, c: { b: 1 } })
  assert.notEqual(value.a, value.c)
})

test('an alias within its own anchor is refused, as by go-yaml', () => {
  assert.throws(() => parseYaml('&a [*a]'), {
    message: "yaml: anchor 'a' value contains itself",
  })
})

test('aliases cannot make a document explode', () => {
  const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]']
  for (let level = 1; level < 9; level += 1) {
    lines.push(
      `a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join()}]`,
    )
  }
  assert.throws(() => parseYaml(lines.join('\n')), {
    message: 'yaml: document contains excessive aliasing',
  })
})
