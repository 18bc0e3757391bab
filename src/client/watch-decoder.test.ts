import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isStatus } from '#api/meta/status.ts'
import { decodeWatch } from './watch-decoder.ts'

const events = [
  { type: 'ADDED', object: { metadata: { name: 'ä' } } },
  { type: 'MODIFIED', object: { metadata: { name: 'b' } } },
  { type: 'BOOKMARK', object: { metadata: { resourceVersion: '9' } } },
]
const bytes = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(''))

async function* cut(buffer: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < buffer.length; at += size) yield buffer.subarray(at, at + size)
}

for (const size of [1, 2, 7, 64, bytes.length]) {
  test(`events in chunks of ${size} bytes`, async () => {
    assert.deepEqual(await Array.fromAsync(decodeWatch(cut(bytes, size))), events)
  })
}

test('an error event is thrown', async () => {
  const object = { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }
  const line = Buffer.from(`${JSON.stringify({ type: 'ERROR', object })}\n`)
  await assert.rejects(Array.fromAsync(decodeWatch(cut(line, 9))), (error) =>
    isStatus(error, 'Expired'),
  )
})
