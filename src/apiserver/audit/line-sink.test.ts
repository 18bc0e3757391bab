import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeClock } from '#testing/clock.ts'
import type { AuditEvent } from './event.ts'
import { lineSink } from './line-sink.ts'
import type { BatchOptions } from './line-sink.ts'

const event = (auditID: string) => ({ auditID }) as AuditEvent

function world(
  batch: Partial<BatchOptions> | undefined,
  write: (lines: string[]) => void | Promise<void> = () => undefined,
) {
  const clock = new FakeClock()
  const written: string[] = []
  const lost: string[] = []
  let isDisposed = false
  const whole = { bufferSize: 10, sizeMax: 2, waitMs: 1000, isStream: false, ...batch }
  const sink = lineSink({
    clock,
    encode: ({ auditID }) => Buffer.from(auditID),
    backend: {
      write(lines) {
        const texts = lines.map(String)
        written.push(texts.join(''))
        return write(texts)
      },
      [Symbol.asyncDispose]: async () => void (isDisposed = true),
    },
    ...(batch !== undefined && { batch: whole }),
    onLost: (error, events) => void lost.push(`${events} ${(error as Error).message}`),
  })
  /** Each letter is an event. */
  const tell = async (text: string) => {
    for (const id of text) await sink.write(event(id))
  }
  const turn = () => new Promise<void>((resolve) => setImmediate(resolve)).then(() => undefined)
  return { clock, sink, written, lost, tell, turn, isDisposed: () => isDisposed }
}

test('blocking: who tells waits', async () => {
  const { tell, written } = world(undefined)
  await tell('ab')
  assert.deepEqual(written, ['a', 'b'])
  const failing = world(undefined, () => Promise.reject(new Error('down')))
  await assert.rejects(failing.tell('a'), { message: 'down' })
})

test('a full batch goes at once, the rest when it has waited', async () => {
  const { tell, written, clock, turn } = world({})
  await tell('abc')
  await turn()
  assert.deepEqual(written, ['ab'])
  await clock.advance(999)
  assert.deepEqual(written, ['ab'])
  await clock.advance(1)
  assert.deepEqual(written, ['ab', 'c'])
  await tell('d')
  await clock.advance(1000)
  assert.deepEqual(written, ['ab', 'c', 'd'])
})

test('of a stream, all that is due goes together', async () => {
  const { tell, written, turn } = world({ isStream: true, sizeMax: 1 })
  await tell('abc')
  await turn()
  assert.deepEqual(written, ['abc'])
})

test('batches are throttled', async () => {
  const { tell, written, clock, turn } = world({ throttle: { qps: 2, burst: 1 } })
  await tell('abcdef')
  await turn()
  assert.deepEqual(written, ['ab'])
  await clock.advance(500)
  assert.deepEqual(written, ['ab', 'cd'])
  await clock.advance(500)
  assert.deepEqual(written, ['ab', 'cd', 'ef'])
})

test('a buffer that is full takes no more', async () => {
  const { tell, sink } = world({ bufferSize: 3, sizeMax: 10 })
  await tell('abc')
  assert.throws(() => sink.write(event('d')), { message: 'audit buffer queue blocked' })
})

test('what could not be kept is counted, thrown or rejected', async () => {
  for (const write of [
    () => Promise.reject(new Error('down')),
    () => {
      throw new Error('down')
    },
  ]) {
    const { tell, lost, turn } = world({}, write)
    await tell('ab')
    await turn()
    await turn()
    assert.deepEqual(lost, ['2 down'])
  }
})

test('disposing sends what waits, whatever the throttle', async () => {
  const { tell, written, sink, isDisposed } = world({ throttle: { qps: 1, burst: 1 } })
  await tell('abcde')
  await sink[Symbol.asyncDispose]()
  assert.equal(written.join(''), 'abcde')
  assert.equal(isDisposed(), true)
})
