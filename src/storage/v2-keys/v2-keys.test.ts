import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { silentLogger } from '#base/logger.ts'
import { openMemory } from '#storage/memory/memory.ts'
import { revisionOf } from '#storage/storage.ts'
import { FakeClock } from '#testing/clock.ts'
import { serveV2Keys } from './server.ts'

const storage = openMemory({ clock: new FakeClock() })
const server = await serveV2Keys({ storage, port: 0, log: silentLogger })
after(async () => {
  await server[Symbol.asyncDispose]()
  await storage[Symbol.asyncDispose]()
})

const value = (text: string) => ({ bytes: Buffer.from(text) })
await storage.create('/registry/namespaces/default', value('{"kind":"Namespace"}'))
await storage.create('/registry/pods/default/b', value('{"b":1}'))
await storage.create('/registry/pods/default/a', value('{"a":1}'))
await storage.update('/registry/pods/default/a', value('{"a":2}'), revisionOf(4))
await storage.create('/registry/pods/kube-system/c', value('{"c":1}'))

const dir = (key: string, index: number, nodes?: readonly object[]) => ({
  key,
  dir: true,
  ...(nodes !== undefined && { nodes }),
  modifiedIndex: index,
  createdIndex: index,
})
const leaf = (
  key: string,
  text: string,
  indexes: readonly [modified: number, created: number],
) => ({
  key,
  value: text,
  modifiedIndex: indexes[0],
  createdIndex: indexes[1],
})

const namespace = leaf('/registry/namespaces/default', '{"kind":"Namespace"}', [2, 2])
const pods = [
  dir('/registry/pods/default', 3, [
    leaf('/registry/pods/default/a', '{"a":2}', [5, 4]),
    leaf('/registry/pods/default/b', '{"b":1}', [3, 3]),
  ]),
  dir('/registry/pods/kube-system', 6, [leaf('/registry/pods/kube-system/c', '{"c":1}', [6, 6])]),
]

const found: Record<string, object> = {
  '/v2/keys': { dir: true, nodes: [dir('/registry', 2)] },
  '/v2/keys/': { dir: true, nodes: [dir('/registry', 2)] },
  '/v2/keys/registry': dir('/registry', 2, [
    dir('/registry/namespaces', 2),
    dir('/registry/pods', 3),
  ]),
  '/v2/keys/registry/': dir('/registry', 2, [
    dir('/registry/namespaces', 2),
    dir('/registry/pods', 3),
  ]),
  '/v2/keys/registry/namespaces/default': namespace,
  '/v2/keys/registry/pods?recursive=true&sorted=true&quorum=true': dir('/registry/pods', 3, pods),
}

for (const [path, node] of Object.entries(found)) {
  test(`GET ${path}`, async () => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`)
    assert.equal(response.status, 200)
    assert.equal(response.headers.get('x-etcd-index'), '6')
    assert.deepEqual(await response.json(), { action: 'get', node })
  })
}

test('a key that is not there is error 100', async () => {
  const response = await fetch(`http://127.0.0.1:${server.port}/v2/keys/registry/nothing`)
  assert.equal(response.status, 404)
  const cause = '/registry/nothing'
  assert.deepEqual(await response.json(), {
    errorCode: 100,
    message: 'Key not found',
    cause,
    index: 6,
  })
})

test('a key is no directory of keys that only begin alike', async () => {
  const response = await fetch(`http://127.0.0.1:${server.port}/v2/keys/registry/pod`)
  assert.equal(response.status, 404)
})

for (const method of ['PUT', 'POST', 'DELETE']) {
  test(`${method} is refused`, async () => {
    const response = await fetch(`http://127.0.0.1:${server.port}/v2/keys/registry/x`, { method })
    assert.equal(response.status, 501)
    assert.equal(await storage.revision(), 6n)
  })
}

test('a watch is refused by name', async () => {
  const response = await fetch(`http://127.0.0.1:${server.port}/v2/keys/registry?wait=true`)
  assert.equal(response.status, 400)
  assert.match(((await response.json()) as { cause: string }).cause, /wait is not supported/)
})

test('a page whose name points to this machine sees nothing', async () => {
  const response = await fetch(`http://localhost:${server.port}/v2/keys/registry`)
  assert.equal(response.status, 200)
  const { request } = await import('node:http')
  const status = await new Promise((resolve, reject) => {
    request(
      { port: server.port, path: '/v2/keys/registry', headers: { host: 'evil.example' } },
      (answer) => resolve(answer.statusCode),
    )
      .on('error', reject)
      .end()
  })
  assert.equal(status, 403)
})
