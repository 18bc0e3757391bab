import assert from 'node:assert/strict'
import test from 'node:test'
import { PassThrough } from 'node:stream'
import { detachable, detachSequence } from './detach-keys.ts'

const limit = { timeout: 5000 }

for (const [keys, bytes] of [
  ['ctrl-p,ctrl-q', [16, 17]],
  ['a', [97]],
  ['ctrl-@,ctrl-[,ctrl-_,DEL', [0, 27, 31, 127]],
] as const) {
  test(`${keys} is ${bytes.join(' ')}`, () => {
    assert.deepEqual([...detachSequence(keys)], bytes)
  })
}

test('a word that is no key is refused by name', () => {
  assert.throws(() => detachSequence('ctrl-p,hello'), {
    message: "could not bind detach keys: Unknown character: 'hello'",
  })
})

for (const { typed, passes } of [
  { typed: ['abc'], passes: 'abc' },
  { typed: ['abxyc'], passes: 'ab' },
  { typed: ['ab', 'x', 'yc'], passes: 'ab' },
  { typed: ['abx', 'xyc'], passes: 'abx' },
  { typed: ['abx', 'c'], passes: 'abxc' },
  { typed: ['abx'], passes: 'abx' },
]) {
  test(`x,y: typed ${typed.join('|')}, passed ${passes}`, limit, async () => {
    const input = new PassThrough()
    const output = detachable(input, detachSequence('x,y'))
    for (const text of typed) input.write(text)
    input.end()
    let passed = ''
    for await (const chunk of output) passed += String(chunk)
    assert.equal(passed, passes)
  })
}
