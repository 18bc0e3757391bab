/** The channel against a server of HTTP/2 that behaves as each test wants it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import http2, { type ServerHttp2Stream } from 'node:http2'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { test } from 'node:test'
import { systemClock } from '#base/system-clock.ts'
import { FakeClock } from '#testing/clock.ts'
import type { CallError } from './call-error.ts'
import { connectHttp2 } from './channel.ts'
import { frame } from './grpc-frames.ts'
import { limits } from './limits.ts'
import type { Channel } from './transport.ts'

const message = Buffer.from('an answer')
const call = { path: '/test/Method', request: Buffer.from('asked'), timeoutMs: 5_000 }
const ok = { ':status': 200, 'content-type': 'application/grpc' }

async function connected(
  serve: (stream: ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => void,
  clock = systemClock,
): Promise<Channel & AsyncDisposable> {
  const server = http2.createServer()
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {})
    serve(stream, headers)
  })
  const sessions = new Set<http2.ServerHttp2Session>()
  server.on('session', (session) => sessions.add(session))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const channel = await connectHttp2({ clock, tls: {} })(`http://127.0.0.1:${port}`)
  return Object.assign(channel, {
    async [Symbol.asyncDispose]() {
      channel[Symbol.dispose]()
      for (const session of sessions) session.destroy()
      const closed = once(server, 'close')
      server.close()
      await closed
    },
  })
}

/** Answers with these bytes, then with the status. */
function reply(stream: ServerHttp2Stream, bytes: readonly Buffer[], trailers: object): void {
  stream.respond(ok, { waitForTrailers: true })
  stream.on('wantTrailers', () => stream.sendTrailers(trailers as http2.OutgoingHttpHeaders))
  for (const part of bytes) stream.write(part)
  stream.end()
}

async function failure(pending: Promise<unknown>): Promise<CallError> {
  return pending.then(
    () => assert.fail('the call did not fail'),
    (error: unknown) => error as CallError,
  )
}

test('a request is framed, its answer may come in pieces', async () => {
  const received: Buffer[] = []
  let asked: http2.IncomingHttpHeaders = {}
  await using channel = await connected((stream, headers) => {
    asked = headers
    stream.on('data', (chunk: Buffer) => received.push(chunk))
    const whole = frame(message)
    stream.on('end', () => {
      const pieces = [whole.subarray(0, 2), whole.subarray(2, 8), whole.subarray(8)]
      reply(stream, pieces, { 'grpc-status': '0' })
    })
  })
  assert.deepEqual(await channel.unary(call), message)
  assert.deepEqual(Buffer.concat(received), frame(call.request))
  assert.equal(asked[':path'], '/test/Method')
  assert.equal(asked['grpc-timeout'], '5000m')
  assert.equal(asked['te'], 'trailers')
})

for (const [what, status, text, code, maybeDone] of [
  ['refused', '3', 'etcdserver: key is not provided', 'InvalidArgument', false],
  ['lost its leader', '14', 'etcdserver: request timed out', 'Unavailable', true],
  ['has no leader', '14', 'etcdserver: no leader', 'Unavailable', false],
  ['is compacted', '11', 'etcdserver: mvcc: required revision', 'OutOfRange', false],
] as const) {
  test(`a server that ${what} says ${code}`, async () => {
    await using channel = await connected((stream) => {
      const encoded = encodeURIComponent(text)
      stream.respond({ ...ok, 'grpc-status': status, 'grpc-message': encoded }, { endStream: true })
    })
    const error = await failure(channel.unary(call))
    assert.deepEqual([error.code, error.details, error.maybeDone], [code, text, maybeDone])
  })
}

test('a stream that the server will not look at was not done', async () => {
  await using channel = await connected((stream) =>
    stream.close(http2.constants.NGHTTP2_REFUSED_STREAM),
  )
  const error = await failure(channel.unary(call))
  assert.deepEqual([error.code, error.maybeDone], ['Unavailable', false])
})

test('of a lost connection nobody knows', async () => {
  await using channel = await connected((stream) => stream.session?.destroy())
  const error = await failure(channel.unary(call))
  assert.deepEqual([error.code, error.maybeDone], ['Unavailable', true])
  const next = await failure(channel.unary(call))
  assert.deepEqual([next.maybeDone, channel.isOpen], [false, false])
})

test('a call that takes too long is over, and may be done', async () => {
  await using channel = await connected(() => {})
  const error = await failure(channel.unary({ ...call, timeoutMs: 10 }))
  assert.deepEqual([error.code, error.maybeDone], ['DeadlineExceeded', true])
  assert.equal(channel.isOpen, true)
})

test('a compressed answer is refused', async () => {
  await using channel = await connected((stream) => {
    const compressed = frame(message)
    compressed[0] = 1
    reply(stream, [compressed], { 'grpc-status': '0' })
  })
  const error = await failure(channel.unary(call))
  assert.deepEqual([error.code, error.details], ['Internal', 'the answer is compressed'])
})

test('both sides of a stream talk until one ends it', async () => {
  await using channel = await connected((stream) => {
    stream.respond(ok, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.on('data', (chunk: Buffer) => {
      if (chunk.includes('end')) stream.end()
      else stream.write(Buffer.concat([chunk, chunk]))
    })
  })
  const got: string[] = []
  const closed = Promise.withResolvers<CallError>()
  const stream = channel.stream('/test/Stream', {
    message(bytes) {
      got.push(bytes.toString())
      if (got.length === 2) stream.send(Buffer.from('end'))
    },
    closed: closed.resolve,
  })
  stream.send(Buffer.from('hello'))
  assert.equal((await closed.promise).code, 'Unavailable')
  assert.deepEqual(got, ['hello', 'hello'])
})

test('many answers to one request', async () => {
  await using channel = await connected((stream) =>
    reply(stream, [frame(Buffer.from('1')), frame(Buffer.from('2'))], { 'grpc-status': '0' }),
  )
  const got: string[] = []
  const signal = new AbortController().signal
  for await (const bytes of channel.answers('/test/Many', call.request, signal)) {
    got.push(bytes.toString())
  }
  assert.deepEqual(got, ['1', '2'])
})

test('a server that answers no pings is left', async () => {
  const clock = new FakeClock()
  const sockets = new Set<Socket>()
  // Speaks just enough to be connected to, and then nothing.
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const channel = await connectHttp2({ clock, tls: {} })(`http://127.0.0.1:${port}`)
  const pending = failure(channel.unary({ ...call, timeoutMs: 60_000 }))
  await clock.advance(limits.keepAliveMs)
  await clock.advance(limits.keepAliveTimeoutMs)
  const error = await pending
  assert.deepEqual([error.code, error.maybeDone], ['Unavailable', true])
  assert.match(error.details, /does not answer pings/)
  for (const socket of sockets) socket.destroy()
  await once(server.close(), 'close')
})

test('what cannot be connected to was not asked', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await once(server.close(), 'close')
  const connect = connectHttp2({ clock: systemClock, tls: {} })
  const error = await failure(connect(`http://127.0.0.1:${port}`))
  assert.deepEqual([error.code, error.maybeDone], ['Unavailable', false])
})
