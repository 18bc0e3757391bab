import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseTokenFile, staticTokens } from './token-file.ts'

const file = `t1,jane,7,"dev,ops"\r
t2,joe,8

,nobody,9
"t""3","o, jr",,one
t2,jack,10
`

test('a file of tokens', () => {
  const authenticate = staticTokens(parseTokenFile('f', file))
  const jane = { name: 'jane', uid: '7', groups: ['dev', 'ops'] }
  assert.deepEqual(authenticate('t1', ['api']), { user: jane, audiences: ['api'] })
  assert.equal(authenticate('t2', [])?.user.name, 'jack')
  assert.deepEqual(authenticate('t"3', [])?.user, { name: 'o, jr', uid: '', groups: ['one'] })
  assert.equal(authenticate('', []), undefined)
  assert.equal(authenticate('t4', []), undefined)
})

for (const [text, message] of [
  ['a,b', "token file 'f' must have at least 3 columns (token, user name, user uid), found 2"],
  ['x,y,z\na,b"c,d', 'parse error on line 2: bare " in non-quoted field'],
] as const) {
  test(`${JSON.stringify(text)} is refused`, () => {
    assert.throws(() => parseTokenFile('f', text), { message })
  })
}
