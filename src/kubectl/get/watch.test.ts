/** get -w when the server ends the watch, goes away, or cannot go on. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { startKubectl } from '#testing/kubectl.ts'

const pods = { name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['list'] }
const discovery: Readonly<Record<string, object>> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': { kind: 'APIResourceList', groupVersion: 'v1', resources: [pods] },
}

function table(name: string): object {
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: '5' },
    columnDefinitions: [{ name: 'Name', type: 'string', format: 'name' }],
    rows: [{ cells: [name], object: { metadata: { name } } }],
  }
}

/** What `get pods -w` prints, and its exit code, when the watch goes on as `goOn` says. */
async function watched(argv: readonly string[], goOn: (response: ServerResponse) => void) {
  await using owned = new AsyncDisposableStack()
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://server')
    response.setHeader('content-type', 'application/json')
    if (searchParams.get('watch') === 'true') {
      response.write(`${JSON.stringify({ type: 'MODIFIED', object: table('b') })}\n`)
      goOn(response)
    } else {
      const body = pathname.endsWith('/pods') ? table('a') : discovery[pathname]
      response.writeHead(body === undefined ? 404 : 200).end(JSON.stringify(body ?? {}))
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  owned.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  const home = await mkdtemp(join(tmpdir(), 'kubectl-watch-'))
  owned.defer(() => rm(home, { recursive: true }))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const env = { HOME: home, KUBECONFIG: join(home, 'none') }
  const kubectl = startKubectl(['-s', url, 'get', 'pods', '-w', ...argv], { env })
  return { code: await kubectl.code, stdout: kubectl.stdout, stderr: kubectl.stderr }
}

const limit = { timeout: 20_000 }
const status = {
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  reason: 'Expired',
  message: 'too old resource version: 5 (9)',
  code: 410,
}

for (const [what, goOn] of [
  ['ends the watch', (response) => void response.end()],
  ['goes away', (response) => void response.write('{"type":"ADD', () => response.destroy())],
] as const satisfies readonly (readonly [string, (response: ServerResponse) => void])[]) {
  test(`a server that ${what}: it ends well`, limit, async () => {
    assert.deepEqual(await watched([], goOn), { code: 0, stdout: 'NAME\na\nb\n', stderr: '' })
  })
}

test('a version that is too old is shown like an object, each with its event', limit, async () => {
  const result = await watched(['--output-watch-events'], (response) => {
    response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`)
  })
  assert.deepEqual(result, {
    code: 0,
    stdout: `EVENT      NAME
ADDED      a
MODIFIED   b
EVENT      STATUS    REASON    MESSAGE
ERROR      Failure   Expired   too old resource version: 5 (9)
`,
    stderr: '',
  })
})
