/** The rules of RFC 9113, frame by frame, and Node's own client as the other side. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:http2'
import type { ClientHttp2Session, OutgoingHttpHeaders } from 'node:http2'
import { duplexPair } from 'node:stream'
import type { Duplex } from 'node:stream'
import test from 'node:test'
import { FakeClock } from '#testing/clock.ts'
import { encodeFrames, FrameReader, frameTypes } from './frames.ts'
import type { ReceivedFrame } from './frames.ts'
import { HeaderEncoder } from './header-encoder.ts'
import type { ServerStream } from './server-stream.ts'
import { Session } from './session.ts'
import { WriteBuffers } from './write-buffers.ts'

const limit = { timeout: 10_000 }
const clock = new FakeClock()

function serve(request: (stream: ServerStream) => void): {
  client: Duplex
  socket: Duplex
  session: Session
} {
  const [client, socket] = duplexPair()
  client.on('error', () => {})
  const session = new Session(
    {
      socket,
      clock,
      concurrentStreamsMax: 3,
      headerBytesMax: 4096,
      streamWindowBytes: 65_536,
      headersTimeoutMs: 1_000,
      request,
    },
    { encoder: new HeaderEncoder(() => clock.nowMs()), buffers: new WriteBuffers() },
  )
  return { client, socket, session }
}

/** Answers with what came, or with what the path says. */
async function echo(stream: ServerStream): Promise<void> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of stream.body) chunks.push(chunk)
  } catch {
    return
  }
  const size = Number(stream.path.slice(1))
  const body = size > 0 ? [Buffer.alloc(size - 1, 'x'), Buffer.from('!')] : chunks
  stream.respond(200, { 'content-type': 'text/plain', 'x-method': stream.method }, { end: false })
  stream.write(body)
  stream.end()
}

function node(client: Duplex, settings: object = {}): ClientHttp2Session {
  const session = connect('http://test', { createConnection: () => client, settings })
  session.on('error', () => {})
  return session
}

async function ask(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: Buffer,
): Promise<{ head: Record<string, unknown>; body: Buffer }> {
  const stream = session.request(headers, { endStream: body === undefined })
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  if (body !== undefined) stream.end(body)
  const [[head]] = await Promise.all([once(stream, 'response'), once(stream, 'end')])
  return { head: head as Record<string, unknown>, body: Buffer.concat(chunks) }
}

const bodies: Record<
  string,
  { readonly path: string; readonly sent?: Buffer; readonly got: number }
> = {
  'no body': { path: '/0', got: 0 },
  'a body both ways': { path: '/0', sent: Buffer.alloc(1000, 'a'), got: 1000 },
  'a body beyond every window': { path: '/0', sent: Buffer.alloc(3_000_000, 'a'), got: 3_000_000 },
  'an answer beyond every window': { path: '/5000000', got: 5_000_000 },
}

for (const [name, { path, sent, got }] of Object.entries(bodies)) {
  test(`Node's client: ${name}`, limit, async () => {
    const { client } = serve((stream) => void echo(stream))
    const session = node(client)
    const answer = await ask(session, { ':path': path, ':method': 'PUT' }, sent)
    assert.equal(answer.head[':status'], 200)
    assert.equal(answer.head['x-method'], 'PUT')
    assert.equal(answer.body.length, got)
    session.close()
    await once(session, 'close')
  })
}

test(
  "Node's client: requests share a connection, a small answer overtakes a large one",
  limit,
  async () => {
    const { client } = serve((stream) => void echo(stream))
    const session = node(client, { initialWindowSize: 10_000_000 })
    const order: string[] = []
    const one = async (path: string): Promise<void> => {
      await ask(session, { ':path': path })
      order.push(path)
    }
    await Promise.all([one('/4000000'), one('/10')])
    assert.deepEqual(order, ['/10', '/4000000'])
    session.close()
  },
)

test("Node's client: all bytes of header values, coded or not", limit, async () => {
  const value = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))
    .join('')
    .trim()
  const { promise, resolve } = Promise.withResolvers<ServerStream>()
  const { client } = serve((stream) => {
    resolve(stream)
    void echo(stream)
  })
  const session = node(client)
  await ask(session, { ':path': '/0', 'x-all': value })
  assert.equal((await promise).headers['x-all'], value)
  session.close()
})

test('a client that goes away closes its streams', limit, async () => {
  const { promise, resolve } = Promise.withResolvers<ServerStream>()
  const { client, socket } = serve(resolve)
  node(client)
    .request({ ':path': '/' })
    .on('error', () => {})
  const stream = await promise
  const closed = new Promise<void>((done) => stream.onClose(done))
  socket.destroy()
  await closed
  assert.ok(stream.isClosed && !stream.isEnded)
})

test('closing waits for what is open and takes nothing new', limit, async () => {
  const { promise, resolve } = Promise.withResolvers<ServerStream>()
  const { client, session } = serve(resolve)
  const peer = node(client)
  const answer = ask(peer, { ':path': '/' })
  const stream = await promise
  session.close()
  stream.respond(200, {}, { end: false })
  stream.write([Buffer.from('last')])
  stream.end()
  assert.equal((await answer).body.toString(), 'last')
  await once(peer, 'close')
})

const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

interface Sent {
  readonly type: number
  readonly flags?: number
  readonly id?: number
  readonly payload?: Buffer
}

function frames(...list: readonly Sent[]): Buffer {
  const full = list.map(({ type, flags = 0, id = 0, payload = Buffer.alloc(0) }) => ({
    type,
    flags,
    streamId: id,
    payload: [payload],
    payloadBytes: payload.length,
  }))
  const bytes = Buffer.alloc(full.reduce((sum, { payloadBytes }) => sum + 9 + payloadBytes, 0))
  encodeFrames(full, bytes)
  return bytes
}

/** What the server says to these bytes, until it has nothing more to say. */
async function answersTo(bytes: Buffer, request = (stream: ServerStream) => void echo(stream)) {
  const { client, socket } = serve(request)
  const reader = new FrameReader()
  const answers: ReceivedFrame[] = []
  let isEnded = false
  client.on('data', (chunk: Buffer) => reader.read(chunk, (frame) => answers.push(frame)))
  client.on('end', () => (isEnded = true))
  client.write(bytes)
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  return { answers, isEnded, socket }
}

const settings: Sent = { type: frameTypes.settings }
const get = Buffer.from('828784 410161'.replaceAll(' ', ''), 'hex')
const post = Buffer.from('838784 410161'.replaceAll(' ', ''), 'hex')
const opened: Sent = { type: frameTypes.headers, flags: 0x4, id: 1, payload: post }
const asked: Sent = { type: frameTypes.headers, flags: 0x5, id: 1, payload: get }
const size = (bytes: number): Buffer => {
  const payload = Buffer.alloc(4)
  payload.writeUInt32BE(bytes)
  return payload
}
const setting = (id: number, value: number): Buffer =>
  Buffer.concat([Buffer.from([0, id]), size(value)])

/** By the code of the GOAWAY that they are answered with. */
const violations: Record<string, readonly [code: number, ...frames: Sent[]]> = {
  'no settings first': [1, { type: frameTypes.ping, payload: Buffer.alloc(8) }],
  'DATA of no stream': [1, settings, { type: frameTypes.data }],
  'DATA of a stream that was not opened': [1, settings, { type: frameTypes.data, id: 1 }],
  'an even stream': [1, settings, { ...asked, id: 2 }],
  'CONTINUATION of nothing': [1, settings, { type: frameTypes.continuation, id: 1 }],
  'headers that are interrupted': [1, settings, { ...opened, flags: 0 }, settings],
  'a push': [1, settings, { type: frameTypes.pushPromise, id: 1 }],
  'a ping of seven bytes': [6, settings, { type: frameTypes.ping, payload: Buffer.alloc(7) }],
  'a ping for a stream': [1, settings, { type: frameTypes.ping, id: 1, payload: Buffer.alloc(8) }],
  'settings of odd length': [6, { ...settings, payload: Buffer.alloc(5) }],
  'settings of a stream': [1, { ...settings, id: 1 }],
  'an impossible ENABLE_PUSH': [1, { ...settings, payload: setting(2, 2) }],
  'an impossible MAX_FRAME_SIZE': [1, { ...settings, payload: setting(5, 16_383) }],
  'an impossible window': [3, { ...settings, payload: setting(4, 0x8000_0000) }],
  'a window that overflows': [
    3,
    settings,
    { type: frameTypes.windowUpdate, payload: size(0x7fff_ffff) },
  ],
  'a window that grows by nothing': [
    1,
    settings,
    { type: frameTypes.windowUpdate, payload: size(0) },
  ],
  'a reset of a stream that was not opened': [
    1,
    settings,
    { type: frameTypes.resetStream, id: 1, payload: size(8) },
  ],
  'a priority of four bytes': [6, settings, { type: frameTypes.priority, id: 1, payload: size(1) }],
  'headers that cannot be read': [9, settings, { ...asked, payload: Buffer.from('be', 'hex') }],
  'more padding than frame': [
    1,
    settings,
    { type: frameTypes.headers, flags: 0xd, id: 1, payload: Buffer.from([9, 0x82]) },
  ],
  'a flood of pings': [
    11,
    settings,
    ...Array.from({ length: 1100 }, () => ({ type: frameTypes.ping, payload: Buffer.alloc(8) })),
  ],
  'a flood of requests that are reset at once': [
    11,
    settings,
    ...Array.from({ length: 1100 }, (_, i) => [
      { ...opened, id: 2 * i + 1 },
      { type: frameTypes.resetStream, id: 2 * i + 1, payload: size(8) },
    ]).flat(),
  ],
  'headers without end': [
    11,
    settings,
    { ...opened, flags: 0 },
    ...Array.from({ length: 5 }, () => ({
      type: frameTypes.continuation,
      id: 1,
      payload: Buffer.alloc(1000),
    })),
  ],
}

for (const [name, [code, ...sent]] of Object.entries(violations)) {
  test(`GOAWAY ${code}: ${name}`, limit, async () => {
    const { answers, isEnded } = await answersTo(
      Buffer.concat([Buffer.from(preface), frames(...sent)]),
    )
    const last = answers.at(-1)
    assert.equal(last?.type, frameTypes.goAway)
    assert.equal(last.payload.readUInt32BE(4), code)
    assert.ok(isEnded)
  })
}

/** By the code of the RST_STREAM that they are answered with. */
const mistakes: Record<string, readonly [code: number, ...frames: Sent[]]> = {
  'a request without a path': [1, { ...asked, payload: Buffer.from('8287', 'hex') }],
  'more body than announced': [
    1,
    { ...opened, payload: Buffer.concat([post, Buffer.from('0f0d0131', 'hex')]) },
    { type: frameTypes.data, id: 1, payload: Buffer.alloc(2) },
  ],
  'less body than announced': [
    1,
    { ...opened, payload: Buffer.concat([post, Buffer.from('0f0d0133', 'hex')]) },
    { type: frameTypes.data, flags: 1, id: 1, payload: Buffer.alloc(2) },
  ],
  'a body after its end': [
    5,
    { ...opened, id: 1 },
    { type: frameTypes.data, flags: 1, id: 1 },
    { type: frameTypes.data, id: 1, payload: Buffer.alloc(1) },
  ],
  'a window of a stream that overflows': [
    3,
    opened,
    { type: frameTypes.windowUpdate, id: 1, payload: size(0x7fff_ffff) },
  ],
  'one stream more than allowed': [7, opened, ...[3, 5, 7].map((id) => ({ ...opened, id }))],
  'more than the window': [
    3,
    opened,
    ...Array.from({ length: 5 }, () => ({
      type: frameTypes.data,
      id: 1,
      payload: Buffer.alloc(16_384),
    })),
  ],
}

for (const [name, [code, ...sent]] of Object.entries(mistakes)) {
  test(`RST_STREAM ${code}: ${name}`, limit, async () => {
    const bytes = Buffer.concat([Buffer.from(preface), frames(settings, ...sent)])
    const { answers, isEnded } = await answersTo(bytes, () => {})
    const reset = answers.find(({ type }) => type === frameTypes.resetStream)
    assert.equal(reset?.payload.readUInt32BE(0), code)
    assert.ok(!isEnded)
  })
}

test('padding, priorities and unknown frames change nothing', limit, async () => {
  const padded = Buffer.concat([Buffer.from([2]), Buffer.alloc(5), get, Buffer.alloc(2)])
  const sent = frames(
    settings,
    { type: 0x42, id: 7, payload: Buffer.from('?') },
    { type: frameTypes.priority, id: 1, payload: Buffer.alloc(5) },
    { type: frameTypes.headers, flags: 0x2d, id: 1, payload: padded },
  )
  const { answers } = await answersTo(Buffer.concat([Buffer.from(preface), sent]))
  assert.ok(answers.some(({ type, streamId }) => type === frameTypes.headers && streamId === 1))
})

test('bytes that come one by one are the same', limit, async () => {
  const { client } = serve((stream) => void echo(stream))
  const reader = new FrameReader()
  const answered = new Promise<void>((resolve) => {
    client.on('data', (chunk: Buffer) => {
      reader.read(chunk, ({ type }) => type === frameTypes.headers && resolve())
    })
  })
  for (const byte of Buffer.concat([Buffer.from(preface), frames(settings, asked)])) {
    client.write(Buffer.from([byte]))
  }
  await answered
})

test('who is no HTTP/2 client, or does not finish what it begins, is cut off', limit, async () => {
  const { isEnded } = await answersTo(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
  assert.ok(isEnded)
  for (const begun of [
    Buffer.from('PRI *'),
    Buffer.concat([Buffer.from(preface), frames(settings, { ...opened, flags: 0 })]),
  ]) {
    const { socket } = await answersTo(begun)
    await clock.advance(1_000)
    assert.ok(socket.destroyed)
  }
})
