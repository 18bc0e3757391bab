import assert from 'node:assert/strict'
import test from 'node:test'
import { expired } from '#api/meta/status.ts'
import type { CacheEvent, WatchSink } from '#apiserver/registry/registry.ts'
import { FakeClock } from '#testing/clock.ts'
import { errorLine } from './encode/watch-frames.ts'
import type { Exchange, ReplyStream } from './exchange.ts'
import { limits } from './limits.ts'
import { streamWatch } from './stream-watch.ts'
import { WatchOutbox } from './watch-outbox.ts'

const batch: readonly CacheEvent[] = []

/** A client that reads nothing until told, and a watch whose events the test sends. */
function begin() {
  const log: string[] = []
  let buffered = 0
  let gone: () => void = () => {}
  const stream: ReplyStream = {
    write(bytes) {
      log.push(Buffer.from(bytes).toString().trim())
      buffered += bytes.length
    },
    get bufferedBytes() {
      return buffered
    },
    drained: () => Promise.resolve(),
    end: () => void log.push('end'),
    destroy: () => void log.push('destroy'),
  }
  const exchange = {
    stream: () => stream,
    onClose: (closed: () => void) => (gone = closed),
  } as Partial<Exchange> as Exchange
  const clock = new FakeClock()
  const closing = new AbortController()
  const started = Promise.withResolvers<{ sink: WatchSink; signal: AbortSignal }>()
  const over = streamWatch({
    exchange,
    headers: {},
    outbox: new WatchOutbox(),
    clock,
    closing: closing.signal,
    frame: () => Buffer.from('event\n'),
    errorFrame: errorLine,
    answer: {
      type: 'watch',
      resource: {} as never,
      timeoutMs: 5_000,
      async start(sink, signal) {
        started.resolve({ sink, signal })
      },
    },
  })
  const fill = (bytes: number): void => void (buffered = bytes)
  return { log, clock, closing, started: started.promise, over, gone: () => gone(), fill }
}

test('events are written until the time is up', async () => {
  const watch = begin()
  const { sink, signal } = await watch.started
  sink.events(batch)
  await watch.clock.advance(5_000)
  await watch.over
  sink.events(batch)
  assert.deepEqual(watch.log, ['event', 'end'])
  assert.ok(signal.aborted)
})

test('the events of a turn are written at its end, in one piece', async () => {
  const watch = begin()
  const { sink } = await watch.started
  sink.events(batch)
  sink.events(batch)
  await Promise.resolve()
  assert.deepEqual(watch.log, [])
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(watch.log, ['event\nevent'])
  watch.gone()
  await watch.over
})

test('a failure is the last line', async () => {
  const watch = begin()
  const { sink } = await watch.started
  sink.events(batch)
  sink.end(expired('too old resource version: 1 (9)'))
  await watch.over
  const [lines = '', ...rest] = watch.log
  const [first, line = ''] = lines.split('\n')
  assert.equal(first, 'event')
  assert.deepEqual(rest, ['end'])
  const event = JSON.parse(line) as { type: string; object: { code: number; message: string } }
  assert.equal(event.type, 'ERROR')
  assert.equal(event.object.code, 410)
})

test('who reads too slowly is cut off', async () => {
  const watch = begin()
  const { sink, signal } = await watch.started
  watch.fill(limits.watchBufferBytesMax)
  sink.events(batch)
  await watch.over
  assert.equal(watch.log[1], 'destroy')
  assert.ok(signal.aborted)
})

test('the client goes: the watch ends', async () => {
  const watch = begin()
  const { signal } = await watch.started
  watch.gone()
  await watch.over
  assert.ok(signal.aborted)
  assert.equal(watch.clock.pending, 0)
})

test('the server closes: the watch ends in order', async () => {
  const watch = begin()
  await watch.started
  await Promise.resolve()
  watch.closing.abort()
  await watch.over
  assert.deepEqual(watch.log, ['end'])
})

test('a watch whose time is up while it waits for its revision ends in order', async () => {
  const log: string[] = []
  const clock = new FakeClock()
  const stream = { end: () => void log.push('end') } as Partial<ReplyStream> as ReplyStream
  const exchange = { stream: () => stream, onClose() {} } as Partial<Exchange> as Exchange
  const over = streamWatch({
    exchange,
    headers: {},
    clock,
    closing: new AbortController().signal,
    outbox: new WatchOutbox(),
    frame: () => Buffer.from(''),
    errorFrame: errorLine,
    answer: {
      type: 'watch',
      resource: {} as never,
      timeoutMs: 1_000,
      start: (_sink, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
        }),
    },
  })
  await clock.advance(1_000)
  await over
  assert.deepEqual(log, ['end'])
})
