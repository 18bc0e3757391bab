import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { createSecureServer } from 'node:http2'
import type { Http2ServerRequest, Http2ServerResponse, ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { isStatus } from '#api/meta/status.ts'
import { systemClock } from '#base/system-clock.ts'
import { httpsTransport, warningTexts } from './https-transport.ts'
import type { HttpsTransportOptions } from './https-transport.ts'

const timeout = 10_000

type Handler = (request: Http2ServerRequest, response: Http2ServerResponse) => void

/** Openssl makes the certificate: the code under test has no means to. */
async function selfSigned(): Promise<{ cert: string; key: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'https-'))
  const [cert, key] = [join(folder, 'cert'), join(folder, 'key')]
  await promisify(execFile)('openssl', [
    ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'.split(' '),
    ...'-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1'.split(' '),
    ...`-keyout ${key} -out ${cert}`.split(' '),
  ])
  const pair = { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') }
  await rm(folder, { recursive: true })
  return pair
}

const identity = selfSigned()

async function serve(handler: Handler, options: Partial<HttpsTransportOptions> = {}) {
  const { cert, key } = await identity
  const server = createSecureServer({ cert, key }, handler)
  const sessions = new Set<ServerHttp2Session>()
  server.on('session', (session) => sessions.add(session))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const transport = httpsTransport({
    server: `https://127.0.0.1:${port}`,
    ca: cert,
    userAgent: 'test/1',
    clock: systemClock,
    random: () => 0,
    ...options,
  })
  return {
    transport,
    sessions,
    async [Symbol.asyncDispose]() {
      await transport[Symbol.asyncDispose]()
      for (const session of sessions) session.destroy()
      await new Promise<unknown>((resolve) => server.close(resolve))
    },
  }
}

function json(response: Http2ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

test('sends what is asked and decodes the answer', { timeout }, async () => {
  await using server = await serve(
    async (request, response) => {
      const body = JSON.parse(Buffer.concat(await Array.fromAsync(request)).toString()) as unknown
      const { method, url, headers } = request
      const { authorization, 'user-agent': agent, 'content-type': type } = headers
      response.setHeader('warning', '299 - "old \\"api\\""')
      json(response, 201, { method, url, authorization, agent, type, body })
    },
    { token: 'secret' },
  )
  const answer = await server.transport.request({
    method: 'POST',
    path: '/api/v1/pods',
    query: { fieldManager: 'a b' },
    body: { x: 1 },
  })
  assert.deepEqual(answer, {
    status: 201,
    warnings: ['old "api"'],
    body: {
      method: 'POST',
      url: '/api/v1/pods?fieldManager=a+b',
      authorization: 'Bearer secret',
      agent: 'test/1',
      type: 'application/json',
      body: { x: 1 },
    },
  })
})

test('a failure is a StatusError, whoever wrote it', { timeout }, async () => {
  await using server = await serve((request, response) => {
    if (request.url === '/status') {
      json(response, 409, { kind: 'Status', code: 409, reason: 'Conflict', message: 'later' })
    } else {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found')
    }
  })
  const get = (path: string) => server.transport.request({ method: 'GET', path })
  await assert.rejects(get('/status'), (error) => isStatus(error, 'Conflict'))
  await assert.rejects(get('/other'), (error) => isStatus(error, 'NotFound'))
})

test('asks again when told to wait', { timeout }, async () => {
  let requests = 0
  await using server = await serve((_, response) => {
    requests++
    if (requests < 3) response.writeHead(429, { 'retry-after': '0' }).end()
    else json(response, 200, {})
  })
  assert.equal((await server.transport.request({ method: 'GET', path: '/' })).status, 200)
  assert.equal(requests, 3)
})

test('connects again after the connection broke', { timeout }, async () => {
  await using server = await serve((_, response) => json(response, 200, {}))
  const get = () => server.transport.request({ method: 'GET', path: '/' })
  await get()
  for (const session of server.sessions) session.destroy()
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal((await get().catch(get)).status, 200)
  assert.equal(server.sessions.size, 2)
})

test('a request has a limit', { timeout }, async () => {
  await using server = await serve(() => undefined, { requestMsMax: 50 })
  await assert.rejects(
    server.transport.request({ method: 'GET', path: '/slow' }),
    /GET \/slow: no answer in 50 ms/,
  )
})

test('a watch yields events until its signal aborts', { timeout }, async () => {
  await using server = await serve((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write('{"type":"ADDED","object":{"n":1}}\n{"type":"MOD')
    response.write('IFIED","object":{"n":2}}\n')
  })
  const stop = new AbortController()
  const seen: unknown[] = []
  const watch = server.transport.watch({ method: 'GET', path: '/', signal: stop.signal })
  for await (const { object } of watch) {
    seen.push(object)
    if (seen.length === 2) stop.abort()
  }
  assert.deepEqual(seen, [{ n: 1 }, { n: 2 }])
})

test('a refused watch throws its Status', { timeout }, async () => {
  await using server = await serve((_, response) =>
    json(response, 410, { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }),
  )
  const watch = server.transport.watch({ method: 'GET', path: '/' })
  await assert.rejects(Array.fromAsync(watch), (error) => isStatus(error, 'Expired'))
})

test('a token file is read again when it changed', { timeout }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'token-'))
  const tokenFile = join(folder, 'token')
  await writeFile(tokenFile, 'one\n')
  let nowMs = 0
  const clock = { ...systemClock, monotonicMs: () => nowMs }
  await using server = await serve(
    (request, response) => json(response, 200, request.headers.authorization),
    { tokenFile, clock },
  )
  const get = async () => (await server.transport.request({ method: 'GET', path: '/' })).body
  assert.equal(await get(), 'Bearer one')
  await writeFile(tokenFile, 'two\n')
  await utimes(tokenFile, 1, 1)
  assert.equal(await get(), 'Bearer one')
  nowMs += 10_000
  assert.equal(await get(), 'Bearer two')
  await rm(folder, { recursive: true })
})

test('texts of warnings', () => {
  assert.deepEqual(warningTexts('299 - "a, b", 299 - "c"'), ['a, b', 'c'])
  assert.deepEqual(warningTexts(undefined), [])
})
