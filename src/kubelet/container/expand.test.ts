import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expand } from './expand.ts'

const known: Readonly<Record<string, string>> = { A: 'one', B: '$(A)', EMPTY: '' }
const cases = [
  ['plain', 'plain'],
  ['$(A)', 'one'],
  ['x-$(A)-y', 'x-one-y'],
  ['$(A)$(A)', 'oneone'],
  ['$(B)', '$(A)'],
  ['$(EMPTY)', ''],
  ['$(NONE)', '$(NONE)'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$one'],
  ['$$$$(A)', '$$(A)'],
  ['$A', '$A'],
  ['$', '$'],
  ['a$', 'a$'],
  ['$(A', '$(A'],
  ['$()', '$()'],
  ['echo $HOME $(A)', 'echo $HOME one'],
] as const

for (const [text, expected] of cases) {
  test(`${text} → ${expected}`, () => {
    assert.equal(
      expand(text, (name) => known[name]),
      expected,
    )
  })
}
