/** The server over real TLS on the loopback interface, both protocols. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:tls'
import test, { after } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { master, startTestApiServer } from '#testing/api-server.ts'
import { FakeClock } from '#testing/clock.ts'
import { http1Client, http2Client, openLines, openSession } from '#testing/raw-http.ts'
import type { RawRequest, RawResponse, Target } from '#testing/raw-http.ts'
import { createClient } from '#client/create-client.ts'
import { configmaps } from '#api/resources.gen.ts'

const limit = { timeout: 30_000 }
const { server, pki, ...running } = await startTestApiServer()
const target: Target = { port: server.port, ca: pki.ca.certificate, identity: pki.admin }
const clients = { 'HTTP/1.1': http1Client(target), 'HTTP/2': http2Client(target) }
const send = clients['HTTP/2'].send
after(async () => {
  clients['HTTP/2'][Symbol.dispose]()
  await running[Symbol.asyncDispose]()
})

const json = (response: RawResponse): never => JSON.parse(response.body.toString()) as never
const configMaps = '/api/v1/namespaces/default/configmaps'
await send({
  method: 'POST',
  path: '/api/v1/namespaces/default/serviceaccounts',
  body: { metadata: { name: 'default' } },
})
await send({
  method: 'POST',
  path: configMaps,
  body: { metadata: { name: 'dump-cm' }, data: { a: 'b' } },
})

interface Recorded {
  readonly method: string
  readonly path: string
  readonly headers?: Record<string, string>
  readonly request?: unknown
  readonly code: number
  readonly response: unknown
}

/** What the genuine API server answered. */
const recorded = JSON.parse(
  readFileSync(new URL('testdata/errors.json', import.meta.url), 'utf8'),
) as Recorded[]

for (const [protocol, client] of Object.entries(clients)) {
  for (const { method, path, headers = {}, request, code, response } of recorded) {
    const what = JSON.stringify(request ?? '').slice(0, 60)
    test(`${protocol} ${method} ${path} ${what} answers ${code}`, limit, async () => {
      const body = request ?? undefined
      const answer = await client.send({
        method,
        path,
        headers,
        ...(body !== undefined && { body }),
      })
      const text = answer.body.toString()
      assert.deepEqual(typeof response === 'string' ? text : JSON.parse(text), response)
      assert.equal(answer.status, code)
    })
  }

  test(
    `${protocol}: an object comes as stored, with a newline and the headers of all answers`,
    limit,
    async () => {
      const answer = await client.send({ path: `${configMaps}/dump-cm` })
      assert.equal(answer.headers['content-type'], 'application/json')
      assert.equal(answer.headers['cache-control'], 'no-cache, private')
      assert.match(String(answer.headers['audit-id']), /^[0-9a-f-]{36}$/)
      assert.ok(
        answer.body.toString().startsWith('{"kind":"ConfigMap","apiVersion":"v1","metadata":{'),
      )
      assert.ok(answer.body.toString().endsWith('}\n'))
    },
  )

  test(`${protocol}: a body beyond 3 MiB is refused`, limit, async () => {
    const body = { metadata: { name: 'large' }, data: { a: 'x'.repeat(3 * 1024 * 1024) } }
    const answer = await client.send({ method: 'POST', path: configMaps, body })
    assert.equal(answer.status, 413)
    assert.match(answer.body.toString(), /limit is 3145728/)
  })

  test(`${protocol}: HEAD has no body`, limit, async () => {
    const answer = await client.send({ method: 'HEAD', path: `${configMaps}/dump-cm` })
    assert.equal(answer.status, 200)
    assert.equal(answer.body.length, 0)
    assert.ok(Number(answer.headers['content-length']) > 100)
  })
}

test('who shows nothing is anonymous', limit, async () => {
  using client = http2Client({ port: server.port, ca: pki.ca.certificate })
  const health = await client.send({ path: '/livez' })
  assert.equal(health.body.toString(), 'ok')
  const secret = await client.send({ path: '/api/v1/secrets' })
  assert.equal(secret.status, 403)
  assert.match(
    secret.body.toString(),
    /User \\"system:anonymous\\" cannot list resource \\"secrets\\"/,
  )
})

test(
  'a certificate of somebody else’s authority is refused, also where anonymous may go',
  limit,
  async () => {
    await using other = await startTestApiServer()
    for (const client of [http1Client, http2Client]) {
      const stranger: Target = {
        port: server.port,
        ca: pki.ca.certificate,
        identity: other.pki.admin,
      }
      using raw = client(stranger)
      const answer = await raw.send({ path: '/livez' })
      assert.equal(answer.status, 401)
      assert.deepEqual(json(answer), {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Failure',
        message: 'Unauthorized',
        reason: 'Unauthorized',
        code: 401,
      })
    }
  },
)

test('a token that nobody issued is refused', limit, async () => {
  using client = http2Client({ port: server.port, ca: pki.ca.certificate })
  const answer = await client.send({ path: '/api', headers: { authorization: 'Bearer nonsense' } })
  assert.equal(answer.status, 401)
})

test('a service account comes in with the token it asked for', limit, async () => {
  const issued = await send({
    method: 'POST',
    path: '/api/v1/namespaces/default/serviceaccounts/default/token',
    body: { spec: { audiences: [] } },
  })
  assert.equal(issued.status, 201)
  const { token } = (json(issued) as { status: { token: string } }).status
  using client = http2Client({ port: server.port, ca: pki.ca.certificate })
  const answer = await client.send({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    headers: { authorization: `Bearer ${token}` },
    body: {},
  })
  const review = json(answer) as { status: { userInfo: { username: string } } }
  assert.equal(review.status.userInfo.username, 'system:serviceaccount:default:default')
})

const shapes: readonly [
  title: string,
  request: RawRequest,
  check: (answer: RawResponse) => void,
][] = [
  [
    'a Table has cells and metadata',
    {
      path: `${configMaps}/dump-cm`,
      headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    },
    (answer) => {
      const table = json(answer) as {
        kind: string
        columnDefinitions: { name: string }[]
        rows: { cells: unknown[]; object: { kind: string; metadata: { name: string } } }[]
      }
      assert.equal(answer.headers['content-type'], 'application/json')
      assert.equal(table.kind, 'Table')
      assert.deepEqual(
        table.columnDefinitions.map(({ name }) => name),
        ['Name', 'Data', 'Age'],
      )
      assert.deepEqual(table.rows[0]?.cells.slice(0, 2), ['dump-cm', 1])
      assert.equal(table.rows[0]?.object.kind, 'PartialObjectMetadata')
      assert.equal(table.rows[0]?.object.metadata.name, 'dump-cm')
    },
  ],
  [
    'a Table without objects',
    {
      path: `${configMaps}?includeObject=None`,
      headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    },
    (answer) =>
      assert.match(answer.body.toString(), /"cells":\["dump-cm",1,"[^"]+"\],"object":null/),
  ],
  [
    'a Table with odd objects',
    {
      path: `${configMaps}?includeObject=Odd`,
      headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    },
    (answer) => assert.match(answer.body.toString(), /unrecognized includeObject value: \\"Odd\\"/),
  ],
  [
    'only the metadata of a list',
    {
      path: configMaps,
      headers: { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' },
    },
    (answer) => {
      const list = json(answer) as { kind: string; items: { kind: string; data?: unknown }[] }
      assert.equal(list.kind, 'PartialObjectMetadataList')
      assert.equal(list.items[0]?.kind, 'PartialObjectMetadata')
      assert.equal(list.items[0]?.data, undefined)
    },
  ],
  [
    'a list is no single object’s metadata',
    {
      path: configMaps,
      headers: { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' },
    },
    (answer) => assert.equal(answer.status, 406),
  ],
  [
    'YAML',
    { path: `${configMaps}/dump-cm`, headers: { accept: 'application/yaml' } },
    (answer) => assert.match(answer.body.toString(), /^data:\n {2}a: b$/m),
  ],
  [
    'indented for people',
    { path: `${configMaps}/dump-cm`, headers: { 'user-agent': 'curl/8.0' } },
    (answer) => assert.ok(answer.body.toString().startsWith('{\n  "kind": "ConfigMap",\n')),
  ],
  [
    'indented when asked',
    { path: `${configMaps}/dump-cm?pretty=true` },
    (answer) => assert.ok(answer.body.toString().startsWith('{\n  "kind"')),
  ],
  [
    'protobuf where it is preferred',
    {
      path: `${configMaps}/dump-cm`,
      headers: { accept: 'application/vnd.kubernetes.protobuf,application/json' },
    },
    (answer) => {
      assert.equal(answer.headers['content-type'], 'application/vnd.kubernetes.protobuf')
      assert.equal(answer.body.subarray(0, 4).toString(), 'k8s\0')
    },
  ],
  [
    'nothing that can be served',
    { path: configMaps, headers: { accept: 'text/html' } },
    (answer) => assert.equal(answer.status, 406),
  ],
  [
    'a deprecated kind warns',
    { path: '/api/v1/componentstatuses' },
    (answer) =>
      assert.equal(answer.headers['warning'], '299 - "v1 ComponentStatus is deprecated in v1.19+"'),
  ],
  [
    'a list of built-in kinds has items without kind',
    { path: `${configMaps}?fieldSelector=metadata.name%3Ddump-cm` },
    (answer) => {
      const list = json(answer) as { kind: string; items: Record<string, unknown>[] }
      assert.equal(list.kind, 'ConfigMapList')
      assert.deepEqual(Object.keys(list.items[0] ?? {}), ['metadata', 'data'])
    },
  ],
  [
    'an empty list',
    { path: '/api/v1/namespaces/default/pods' },
    (answer) => assert.deepEqual((json(answer) as { items: unknown }).items, []),
  ],
  [
    'the metrics under upstream’s names',
    { path: '/metrics' },
    (answer) => {
      const text = answer.body.toString()
      assert.match(
        text,
        /^apiserver_request_total\{verb="POST",group="",version="v1",resource="configmaps",subresource="",scope="resource",component="apiserver",dry_run="",code="201"\} [1-9]/m,
      )
      assert.match(text, /^apiserver_request_duration_seconds_bucket\{.*le="0.005"\} \d+$/m)
      assert.match(text, /^nodejs_eventloop_lag_seconds [\d.e-]+$/m)
      assert.match(text, /^nodejs_eventloop_lag_max_seconds [\d.e-]+$/m)
    },
  ],
  [
    'the index',
    { path: '/' },
    (answer) => assert.ok((json(answer) as { paths: string[] }).paths.includes('/apis/apps/v1')),
  ],
]

for (const [title, request, check] of shapes) {
  test(title, limit, async () => check(await send(request)))
}

test('an unknown field is a warning, or an error when asked for', limit, async () => {
  const body = { metadata: { name: 'odd' }, data: {}, odd: 1 }
  const warned = await send({ method: 'POST', path: `${configMaps}?dryRun=All`, body })
  assert.equal(warned.status, 201)
  assert.equal(warned.headers['warning'], '299 - "unknown field \\"odd\\""')
  const strict = `${configMaps}?dryRun=All&fieldValidation=Strict`
  const refused = await send({ method: 'POST', path: strict, body })
  assert.equal(refused.status, 400)
  assert.match(refused.body.toString(), /strict decoding error: unknown field \\"odd\\"/)
  assert.equal((await send({ path: `${configMaps}/odd` })).status, 404)
})

test(
  'large answers are compressed for who asks, and lists are joined from the objects’ bytes',
  limit,
  async () => {
    const path = '/api/v1/namespaces/kube-public/configmaps'
    for (let i = 0; i < 5; i++) {
      const body = { metadata: { name: `large-${i}` }, data: { pad: String(i).repeat(40_000) } }
      assert.equal((await send({ method: 'POST', path, body })).status, 201)
    }
    const plain = await send({ path })
    const squeezed = await send({ path, headers: { 'accept-encoding': 'gzip' } })
    assert.equal(plain.headers['content-encoding'], undefined)
    assert.equal(squeezed.headers['content-encoding'], 'gzip')
    assert.ok(squeezed.body.length < plain.body.length / 10)
    assert.deepEqual(gunzipSync(squeezed.body), plain.body)
    const list = json(plain) as { items: { metadata: { name: string } }[] }
    assert.deepEqual(
      list.items.map((item) => item.metadata.name),
      [0, 1, 2, 3, 4].map((i) => `large-${i}`),
    )
    const small = await send({ path: `${path}/large-0`, headers: { 'accept-encoding': 'gzip' } })
    assert.equal(small.headers['content-encoding'], undefined)
  },
)

test('a watch tells of changes as lines and ends in order when its time is up', limit, async () => {
  const session = openSession(target)
  const { metadata } = json(await send({ path: configMaps })) as {
    metadata: { resourceVersion: string }
  }
  const query = `watch=1&resourceVersion=${metadata.resourceVersion}&timeoutSeconds=1`
  using lines = await openLines(session, { path: `${configMaps}?${query}` })
  await send({ method: 'POST', path: configMaps, body: { metadata: { name: 'watched' } } })
  await send({ method: 'DELETE', path: `${configMaps}/watched` })
  const event = async (): Promise<{ type: string; object: { kind: string } }> =>
    JSON.parse((await lines.line()) ?? '') as never
  const added = await event()
  assert.equal(added.type, 'ADDED')
  assert.equal(added.object.kind, 'ConfigMap')
  assert.equal((await event()).type, 'DELETED')
  assert.equal(await lines.line(), undefined)
  session.destroy()
})

test('a watch of Tables sends the columns once', limit, async () => {
  const session = openSession(target)
  const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1'
  const path = `${configMaps}?watch=1&fieldSelector=metadata.name%3Dtabled`
  const { metadata } = json(await send({ path: configMaps })) as {
    metadata: { resourceVersion: string }
  }
  using lines = await openLines(session, {
    path: `${path}&resourceVersion=${metadata.resourceVersion}`,
    headers: { accept },
  })
  await send({ method: 'POST', path: configMaps, body: { metadata: { name: 'tabled' } } })
  await send({ method: 'DELETE', path: `${configMaps}/tabled` })
  const columns = async (): Promise<unknown> => {
    const event = JSON.parse((await lines.line()) ?? '') as {
      object: { columnDefinitions: unknown }
    }
    return event.object.columnDefinitions
  }
  assert.ok(Array.isArray(await columns()))
  assert.equal(await columns(), null)
  session.destroy()
})

test('a watch that cannot be begun is answered with a Status', limit, async () => {
  const answer = await send({ path: `${configMaps}?watch=1&labelSelector=%3D%3D` })
  assert.equal(answer.status, 400)
})

test('an unfinished request line is cut off', limit, async () => {
  await using slow = await startTestApiServer({ headersTimeoutMs: 200 })
  const options = { port: slow.server.port, host: '127.0.0.1', ca: slow.pki.ca.certificate }
  const socket = connect({ ...options, ALPNProtocols: ['http/1.1'] })
  socket.write('GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await new Promise((resolve) => socket.once('close', resolve))
  assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1\.1 408 /)
})

test('closing ends watches and lets requests in flight finish', limit, async () => {
  const closing = await startTestApiServer()
  const here: Target = {
    port: closing.server.port,
    ca: closing.pki.ca.certificate,
    identity: closing.pki.admin,
  }
  const session = openSession(here)
  using lines = await openLines(session, { path: `${configMaps}?watch=1&resourceVersion=0` })
  const upload = session.request({
    ':method': 'POST',
    ':path': configMaps,
    'content-type': 'application/json',
  })
  const status = new Promise((resolve) =>
    upload.once('response', (headers) => resolve(headers[':status'])),
  )
  upload.write('{"metadata":{"name":')
  await new Promise((resolve) => upload.session?.ping(() => resolve(undefined)))
  const closed = closing[Symbol.asyncDispose]()
  while ((await lines.line()) !== undefined) continue
  upload.end('"late"}}')
  assert.equal(await status, 201)
  await closed
})

test('closing ends HTTP/1.1 connections as well', limit, async () => {
  const closing = await startTestApiServer()
  const socket = connect({
    port: closing.server.port,
    host: '127.0.0.1',
    ca: closing.pki.ca.certificate,
    cert: closing.pki.admin.certificate,
    key: closing.pki.admin.key,
    ALPNProtocols: ['http/1.1'],
  })
  socket.write(`GET ${configMaps}?watch=1&resourceVersion=0 HTTP/1.1\r\nHost: x\r\n\r\n`)
  await new Promise((resolve) => socket.once('data', resolve))
  const gone = new Promise((resolve) => socket.once('close', resolve))
  await closing[Symbol.asyncDispose]()
  await gone
})

test('a body that never ends is given up with 504', limit, async () => {
  const clock = new FakeClock(Date.now())
  await using stuck = await startTestApiServer({ clock })
  const session = openSession({
    port: stuck.server.port,
    ca: stuck.pki.ca.certificate,
    identity: stuck.pki.admin,
  })
  await once(session, 'remoteSettings')
  const upload = session.request({ ':method': 'POST', ':path': configMaps })
  const status = new Promise((resolve) =>
    upload.once('response', (headers) => resolve(headers[':status'])),
  )
  upload.write('{')
  await new Promise((resolve) => session.ping(() => resolve(undefined)))
  await clock.advance(62_000)
  assert.equal(await status, 504)
  session.destroy()
})

test(
  'callers in this process get the same objects by identity, under the same law',
  limit,
  async () => {
    const client = createClient(server.transport(master))
    const first = await client.in(configmaps, 'default').get('dump-cm')
    assert.equal(await client.in(configmaps, 'default').get('dump-cm'), first)
    const stranger = createClient(server.transport({ name: 'eve', groups: [] }))
    await assert.rejects(stranger.in(configmaps, 'default').get('dump-cm'), /User "eve" cannot get/)
  },
)
