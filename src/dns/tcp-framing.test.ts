import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MessageSplitter, withLength } from './tcp-framing.ts'

test('messages come out whole, however the stream is cut', () => {
  const messages = ['one', '', 'three'].map((text) => Buffer.from(text))
  const stream = Buffer.concat(messages.map(withLength))
  for (let size = 1; size <= stream.length; size++) {
    const splitter = new MessageSplitter()
    const found: string[] = []
    for (let at = 0; at < stream.length; at += size) {
      for (const message of splitter.push(stream.subarray(at, at + size))) {
        found.push(message.toString())
      }
    }
    assert.deepEqual(found, ['one', '', 'three'])
  }
})
