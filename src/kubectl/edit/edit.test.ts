import assert from 'node:assert/strict'
import { test } from 'node:test'
import { editorCommand } from './editor.ts'
import { goSyntax } from './go-syntax.ts'
import { hasContent, headerText, meaningOf, withoutCommentLines } from './text.ts'

const editors: readonly (readonly [env: Record<string, string>, argv: readonly string[]])[] = [
  [{}, ['vi', '/f']],
  [{ EDITOR: 'nano' }, ['nano', '/f']],
  [{ EDITOR: 'nano', KUBE_EDITOR: 'code -w' }, ['code', '-w', '/f']],
  [{ KUBE_EDITOR: '', EDITOR: '' }, ['vi', '/f']],
  [{ EDITOR: "sed -i 's/a b/c/'" }, ['/bin/bash', '-c', `sed -i 's/a b/c/' "/f"`]],
  [{ EDITOR: 'x "y"', SHELL: '/bin/zsh' }, ['/bin/zsh', '-c', 'x "y" "/f"']],
]

for (const [env, argv] of editors) {
  test(`the editor of ${JSON.stringify(env)}`, () => {
    assert.deepEqual(editorCommand({ env }, '/f').argv, argv)
  })
}

test('reasons are comments, whatever lines they have', () => {
  const reasons = [
    { head: 'a\nb\n#c', details: ['d\ne'] },
    { head: 'f', details: [] },
  ]
  const lines = headerText('lastApplied', reasons).split('\n')
  assert.deepEqual(lines.slice(3), ['# a', '# b', '#c:', '# * d', '# e', '#', '# f', '#', ''])
})

const stripped: readonly (readonly [text: string, rest: string])[] = [
  ['# a\nb: 1\n', 'b: 1\n'],
  ['b: 1\n  # a\nc: 2', 'b: 1\nc: 2'],
  ['b: 1\n# a', 'b: 1\n'],
  ['#!/bin/sh\n#x\n', '#!/bin/sh\n'],
  ['# a', ''],
]

for (const [text, rest] of stripped) {
  test(`${JSON.stringify(text)} without comments`, () => {
    assert.equal(withoutCommentLines(text), rest)
  })
}

test('two texts mean the same, however they are written', () => {
  assert.equal(meaningOf('b: 1\na: [x]\n'), meaningOf('# c\na:\n- x\nb: 1\r\n'))
  assert.notEqual(meaningOf('a: 1'), meaningOf('a: "1"'))
  assert.equal(meaningOf('# c\na: ['), 'a: [')
})

test('comments and blanks are no content', () => {
  assert.equal(hasContent('\n # a\n\n'), false)
  assert.equal(hasContent('# a\n b'), true)
})

test('values in Go', () => {
  assert.equal(
    goSyntax({ b: [1, 'x"y', null], a: { c: true } }),
    'map[string]interface {}{"a":map[string]interface {}{"c":true}, "b":[]interface {}{1, "x\\"y", interface {}(nil)}}',
  )
})
