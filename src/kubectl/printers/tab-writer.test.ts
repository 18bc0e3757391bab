import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alignTabs, describeTabs, RememberingTabs } from './tab-writer.ts'

for (const [what, text, aligned] of [
  [
    'columns are at least six wide and three apart',
    'A\tB\nlonger\tx\n',
    'A        B\nlonger   x\n',
  ],
  ['a line without a column ends it', 'a\tb\nalone\nlonger\tc\n', 'a     b\nalone\nlonger   c\n'],
  ['the last cell is not padded', 'a\t\n', 'a     \n'],
  ['characters count, not bytes', 'é\tb\nab\tc\n', 'é     b\nab    c\n'],
  ['nothing stays nothing', '', ''],
] as const) {
  test(what, () => assert.equal(alignTabs(text), aligned))
}

test('describe has narrower columns', () => {
  assert.equal(alignTabs('Name:\tx\nA:\ty\n', describeTabs), 'Name:  x\nA:     y\n')
})

test('a watch never narrows a column', () => {
  const tabs = new RememberingTabs()
  assert.equal(tabs.align([['long-name', 'x']]), 'long-name   x\n')
  assert.equal(tabs.align([['a', 'y']]), 'a           y\n')
})
