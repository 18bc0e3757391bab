/** Another API server behind this one, as the real kubectl sees it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { test } from 'node:test'
import { apiservices, endpointslices, services } from '#api/resources.gen.ts'
import { http1Client, http2Client, openLines, openSession } from '#testing/raw-http.ts'
import { eventually } from '../e2e/kubectl.ts'
import { startExtensionServer } from './extension-server.ts'
import { startHarness } from './harness.ts'

const timeout = 60_000
const name = 'v1.fun.example.com'
const path = '/apis/fun.example.com/v1'

async function start() {
  await using stack = new AsyncDisposableStack()
  let host = ''
  const harness = stack.use(
    await startHarness({
      more: (pki) => ({
        aggregation: {
          locate: () => host,
          proxyClient: { cert: pki.frontProxyClient.certificate, key: pki.frontProxyClient.key },
        },
      }),
    }),
  )
  const extension = stack.use(await startExtensionServer(harness.pki))
  ;({ host } = extension)
  const { client } = harness
  const condition = async () =>
    (await client.for(apiservices).get(name)).status?.conditions?.find(
      ({ type }) => type === 'Available',
    )
  const until = (reason: string) =>
    eventually(
      reason,
      async () => {
        const found = await condition()
        if (found?.reason === reason) return found
        throw new Error(`${found?.reason}: ${found?.message}`)
      },
      10_000,
    )
  const register = async (spec: object = {}) => {
    const manifest = {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name },
      spec: {
        group: 'fun.example.com',
        version: 'v1',
        groupPriorityMinimum: 100,
        versionPriority: 100,
        caBundle: Buffer.from(extension.ca).toString('base64'),
        service: { name: 'toys', namespace: 'default' },
        ...spec,
      },
    }
    const file = join(harness.folder, 'apiservice.json')
    await writeFile(file, JSON.stringify(manifest))
    await harness.kubectl('apply', '-f', file)
  }
  const serve = async () => {
    const ports = [{ name: 'https', port: 443, targetPort: 4443 }]
    await client.in(services, 'default').create({ metadata: { name: 'toys' }, spec: { ports } })
    await client.in(endpointslices, 'default').create({
      metadata: { name: 'toys', labels: { 'kubernetes.io/service-name': 'toys' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['192.0.2.9'] }],
      ports: [{ name: 'https', port: 4443, protocol: 'TCP' }],
    })
  }
  const target = {
    port: harness.server.port,
    ca: harness.pki.ca.certificate,
    identity: harness.pki.admin,
  }
  const owned = stack.move()
  const dispose = () => owned.disposeAsync()
  return {
    ...harness,
    extension,
    condition,
    until,
    register,
    serve,
    target,
    [Symbol.asyncDispose]: dispose,
  }
}

test(
  'what this server answers itself is registered, with its priorities',
  { timeout },
  async () => {
    await using harness = await startHarness()
    const table = await harness.kubectl('get', 'apiservices', '--no-headers')
    assert.match(table, /^v1\. +Local +True +\S+$/m)
    assert.match(table, /^v1\.apps +Local +True +\S+$/m)
    assert.doesNotMatch(table, /apiregistration/)
    const service = await harness.client.for(apiservices).get('v2.autoscaling')
    assert.deepEqual(service.spec, {
      group: 'autoscaling',
      version: 'v2',
      groupPriorityMinimum: 17_500,
      versionPriority: 30,
    })
    assert.deepEqual(service.metadata.labels, {
      'kube-aggregator.kubernetes.io/automanaged': 'onstart',
    })
  },
)

test('an extension server comes, is used by kubectl, and goes', { timeout }, async () => {
  await using world = await start()
  const { kubectl, extension, until } = world
  await world.register()
  const absent = await until('ServiceNotFound')
  assert.equal(absent.message, 'service/toys in "default" is not present')
  assert.match(
    await kubectl('get', 'apiservices', name),
    /default\/toys +False \(ServiceNotFound\)/,
  )
  const refused = await world.run(join(world.folder, 'admin.conf'), ['get', '--raw', path])
  assert.match(refused.stderr, /the server is currently unable to handle the request/)

  await world.serve()
  const there = await until('Passed')
  assert.equal(there.message, 'all checks passed')
  assert.match(await kubectl('get', 'apiservices', name), /default\/toys +True/)
  assert.equal(
    extension.seen[0],
    `GET ${path} as system:kube-aggregator [system:masters] via front-proxy-client`,
  )
  assert.match(
    await kubectl('api-resources', '--api-group=fun.example.com'),
    /^toys +ty +fun\.example\.com\/v1 +true +Toy$/m,
  )
  assert.match(await kubectl('api-versions'), /^fun\.example\.com\/v1$/m)
  assert.match(await kubectl('get', 'toys'), /^bear +\S+\nduck /m)
  assert.match(await kubectl('get', 'ty', 'bear', '-o', 'name'), /^toy\.fun\.example\.com\/bear$/m)
  assert.match(await kubectl('explain', 'toy.colour'), /colour of the toy/)
  const v2 = JSON.parse(await kubectl('get', '--raw', '/openapi/v2'))
  assert.ok(v2.paths[`${path}/namespaces/{namespace}/toys`])
  assert.ok(v2.definitions['com.example.fun.v1.Toy'])
  assert.ok(
    extension.seen.some((line) =>
      line.includes(
        'toys?limit=500 as kubernetes-admin [system:masters, system:authenticated] via',
      ),
    ),
  )

  extension.stop()
  const gone = await eventually('the end', async () => {
    await harnessWake(world)
    const found = await world.condition()
    return found?.status === 'False' && found
  })
  assert.equal(gone.reason, 'FailedDiscoveryCheck')
  assert.match(
    gone.message ?? '',
    /^failing or missing response from https:\/\/127\.0\.0\.1:\d+\/apis\/fun\.example\.com\/v1: Get "https:\/\/.*": dial tcp 127\.0\.0\.1:\d+: connect: connection refused$/,
  )
  const discovery = JSON.parse(await aggregated(world.target))
  const group = discovery.items.find(
    (item: { metadata: { name: string } }) => item.metadata.name === 'fun.example.com',
  )
  assert.equal(group.versions[0].freshness, 'Stale')
  assert.equal(group.versions[0].resources[0].resource, 'toys')
  await kubectl('delete', 'apiservice', name)
  assert.doesNotMatch(await kubectl('api-versions'), /fun\.example\.com/)
})

/** A change of what is behind the Service makes the server look at once. */
async function harnessWake({ client }: Awaited<ReturnType<typeof start>>): Promise<void> {
  const slices = client.in(endpointslices, 'default')
  await slices.patch('toys', 'merge', { metadata: { annotations: { at: String(Date.now()) } } })
}

async function aggregated(target: Parameters<typeof http2Client>[0]): Promise<string> {
  using client = http2Client(target)
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
  return (await client.send({ path: '/apis', headers: { accept } })).body.toString()
}

test(
  'requests, bodies, watches and refusals pass through, over both protocols',
  { timeout },
  async () => {
    await using world = await start()
    await world.serve()
    await world.register()
    await world.until('Passed')
    const toys = `${path}/namespaces/default/toys`
    for (const make of [http1Client, http2Client]) {
      using client = make(world.target)
      const accept = 'application/vnd.kubernetes.protobuf'
      const one = await client.send({ path: `${toys}/bear`, headers: { accept } })
      assert.equal(one.status, 200)
      assert.equal(one.headers['x-toys'], 'yes')
      assert.match(String(one.headers['audit-id']), /^[0-9a-f-]{36}$/)
      const body = { kind: 'Toy', metadata: { name: 'ball' }, big: 'x'.repeat(300_000) }
      const made = await client.send({ method: 'POST', path: toys, body })
      assert.equal(made.status, 201)
      assert.deepEqual(JSON.parse(made.body.toString()), body)
      const missing = await client.send({ path: `${toys}/none` })
      assert.equal(missing.status, 404)
      assert.equal(JSON.parse(missing.body.toString()).message, 'there is no such toy')
    }
    using session = { ...openSession(world.target), [Symbol.dispose]() {} }
    void session
    const http2 = openSession(world.target)
    using lines = await openLines(http2, { path: `${toys}?watch=true` })
    const first = JSON.parse((await lines.line()) ?? '')
    assert.equal(`${first.type} ${first.object.metadata.name}`, 'ADDED bear')
    http2.destroy()
    assert.ok(world.extension.seen.every((line) => !line.includes('Bearer')))
  },
)

test('components in this process use it like everybody', { timeout }, async () => {
  await using world = await start()
  await world.serve()
  await world.register()
  await world.until('Passed')
  const toyType = {
    group: 'fun.example.com',
    version: 'v1',
    kind: 'Toy',
    resource: 'toys',
    namespaced: true,
  }
  const toys = world.client.in<{ metadata: { name: string } }>(toyType as never, 'default')
  assert.deepEqual(
    (await toys.list()).items.map(({ metadata }) => metadata.name),
    ['bear', 'duck'],
  )
  const stop = new AbortController()
  for await (const { object } of toys.watch({ signal: stop.signal })) {
    assert.equal(object.metadata.name, 'bear')
    break
  }
  stop.abort()
  await assert.rejects(toys.get('none'), { message: 'there is no such toy' })
})

test('another protocol on the connection passes through', { timeout }, async () => {
  await using world = await start()
  await world.serve()
  await world.register()
  await world.until('Passed')
  const { port } = world.server
  const { certificate: cert, key } = world.pki.admin
  const socket = connect({ host: '127.0.0.1', port, ca: world.pki.ca.certificate, cert, key })
  await once(socket, 'secureConnect')
  socket.write(
    `GET ${path}/namespaces/default/toys/bear/play HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: play\r\n\r\n`,
  )
  let text = ''
  socket.on('data', (data: Buffer) => (text += data.toString()))
  await eventually('the new protocol', () => text.includes('101 Switching Protocols'))
  socket.write('catch')
  await eventually('the echo', () => text.endsWith('CATCH'))
  socket.destroy()
  assert.ok(world.extension.seen.some((line) => line.includes('/play as kubernetes-admin')))
})

test('a server whose certificate is not the right one is not trusted', { timeout }, async () => {
  await using world = await start()
  await world.serve()
  await world.register({ caBundle: Buffer.from(world.pki.ca.certificate).toString('base64') })
  const { message } = await world.until('FailedDiscoveryCheck')
  assert.match(message ?? '', /x509: certificate signed by unknown authority/)
  await world.register({ caBundle: null, insecureSkipTLSVerify: true })
  await world.until('Passed')
})
