/** How much, how long, and how a server ends. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:tls'
import { setTimeout as sleep } from 'node:timers/promises'
import test from 'node:test'
import type { Endpoint } from './http/endpoint.ts'
import { startTestApiServer } from '#testing/api-server.ts'
import type { TestApiServer, TestApiServerOptions } from '#testing/api-server.ts'
import { http1Client, http2Client, openLines, openSession } from '#testing/raw-http.ts'
import type { Target } from '#testing/raw-http.ts'

const limit = { timeout: 30_000 }

/** A path that answers when it is told to. */
function slowPath() {
  const release = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const endpoint: Endpoint = async () => {
    begun.resolve()
    await release.promise
    return { type: 'raw', status: 200, headers: {}, body: 'done' }
  }
  return { release, begun, endpoints: () => ({ plain: new Map([['GET /slow', endpoint]]) }) }
}

async function start(options: TestApiServerOptions): Promise<TestApiServer & { target: Target }> {
  const started = await startTestApiServer(options)
  const { server, pki } = started
  const target = { port: server.port, ca: pki.ca.certificate, identity: pki.admin }
  return { ...started, target }
}

/** Sends bytes as they are; resolves with all that came back when the server ends the connection. */
async function sendRaw({ port, ca }: Target, ...pieces: readonly string[]): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', ca, ALPNProtocols: ['http/1.1'] })
  let answer = ''
  socket.on('data', (chunk) => (answer += String(chunk)))
  socket.on('error', () => {})
  await once(socket, 'secureConnect')
  for (const piece of pieces) socket.write(piece)
  await once(socket, 'close')
  return answer
}

test('a request that takes longer than it may is answered 504', limit, async () => {
  const slow = slowPath()
  await using started = await start({
    serving: { requestTimeoutMs: 500 },
    parts: { endpoints: slow.endpoints },
  })
  using client = http2Client(started.target)
  const answer = await client.send({ path: '/slow' })
  assert.equal(answer.status, 504)
  assert.equal(JSON.parse(answer.body.toString()).reason, 'Timeout')
  slow.release.resolve()
})

test('a body that does not come is not waited for', limit, async () => {
  await using started = await start({ serving: { requestTimeoutMs: 500 } })
  const head = 'POST /api/v1/namespaces HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n'
  assert.match(await sendRaw(started.target, head, '{'), /^HTTP\/1\.1 (504|403)/)
})

test('a watch that asks for no time ends by itself', limit, async () => {
  await using started = await start({ serving: { watchTimeoutMinMs: 100 } })
  const session = openSession(started.target)
  using lines = await openLines(session, { path: '/api/v1/pods?watch=true' })
  assert.equal(await lines.line(), undefined)
  session.close()
})

test('a head that is too long is told so, as Go’s server does', limit, async () => {
  await using started = await start({})
  const long = `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`
  assert.equal(
    await sendRaw(started.target, long),
    'HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n431 Request Header Fields Too Large',
  )
  assert.match(await sendRaw(started.target, 'nonsense\r\n\r\n'), /^HTTP\/1\.1 400 Bad Request/)
})

test('more streams than one connection may have wait for a place', limit, async () => {
  await using started = await start({ listen: { streamsMax: 3 } })
  const session = openSession(started.target)
  await once(session, 'remoteSettings')
  assert.equal(session.remoteSettings.maxConcurrentStreams, 3)
  session.close()
})

test('--goaway-chance ends connections in good order', limit, async () => {
  await using started = await start({ listen: { goawayChance: 1 } })
  const session = openSession(started.target)
  const goaway = once(session, 'goaway')
  using lines = await openLines(session, { path: '/version' })
  assert.equal(await lines.line(), '{')
  await goaway
})

test('told to stop, it is not ready, alive, and serves on for the delay', limit, async () => {
  const started = await start({ serving: { shutdownDelayMs: 1500 } })
  using client = http2Client(started.target)
  assert.equal((await client.send({ path: '/readyz' })).status, 200)
  const closed = started[Symbol.asyncDispose]()
  const ready = await client.send({ path: '/readyz' })
  assert.equal(ready.status, 500)
  assert.match(ready.body.toString(), /\[-\]shutdown failed: reason withheld/)
  assert.equal((await client.send({ path: '/livez' })).status, 200)
  using later = http1Client(started.target)
  assert.equal((await later.send({ path: '/version' })).status, 200)
  await closed
  await assert.rejects(later.send({ path: '/version' }))
})

test(
  '--shutdown-send-retry-after: newcomers are sent away until all are served',
  limit,
  async () => {
    const slow = slowPath()
    const started = await start({
      serving: { shutdownSendsRetryAfter: true },
      parts: { endpoints: slow.endpoints },
    })
    using early = http2Client(started.target)
    const first = early.send({ path: '/slow' })
    await slow.begun.promise
    const closed = started[Symbol.asyncDispose]()
    await sleep(10)
    using late = http1Client(started.target)
    const refused = await late.send({ path: '/version' })
    assert.equal(refused.status, 429)
    assert.equal(refused.headers['retry-after'], '5')
    assert.equal(refused.headers.connection, 'close')
    assert.match(
      refused.body.toString(),
      /^The apiserver is shutting down, please try again later\./,
    )
    assert.equal((await late.send({ path: '/livez' })).status, 200)
    slow.release.resolve()
    assert.equal((await first).status, 200)
    await closed
    await assert.rejects(late.send({ path: '/livez' }))
  },
)
