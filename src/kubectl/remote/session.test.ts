/** exec and attach against a kubelet that is a fake: both protocols, terminals, interrupts. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import test, { after, suite } from 'node:test'
import { addRunningPod, startKubectlWorld } from '#testing/kubectl.ts'

const world = await startKubectlWorld()
after(() => world[Symbol.asyncDispose]())
await addRunningPod(world.transport, 'web')
await addRunningPod(world.transport, 'shell', { stdin: true, tty: true })

const limit = { timeout: 20_000 }

for (const [name, webSockets] of [
  ['WebSocket', 'true'],
  ['SPDY', 'false'],
] as const) {
  suite(`over ${name}`, () => {
    const env = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: webSockets }

    test('output, errors and the exit code are the command’s', limit, async () => {
      const script = 'echo out; echo err >&2; exit 7'
      const kubectl = world.start(['exec', 'web', '--', 'sh', '-c', script], { env })
      assert.equal(await kubectl.code, 7)
      assert.equal(kubectl.stdout, 'out\n')
      assert.equal(kubectl.stderr, 'err\ncommand terminated with exit code 7\n')
    })

    test('input is passed until it ends', limit, async () => {
      const kubectl = world.start(['exec', '-i', 'web', '--', 'wc', '-c'], { env })
      kubectl.stdin.write(Buffer.alloc(3_000_000, 'x'))
      kubectl.stdin.end('y')
      assert.equal(await kubectl.code, 0)
      assert.equal(kubectl.stdout.trim(), '3000001')
    })

    test('output that is larger than any buffer arrives whole', limit, async () => {
      const kubectl = world.start(['exec', 'web', '--', 'head', '-c', '5000000', '/dev/zero'], {
        env,
      })
      assert.equal(await kubectl.code, 0)
      assert.equal(kubectl.stdout.length, 5_000_000)
    })

    test('a terminal is raw while the command runs and tells its sizes', limit, async () => {
      world.kubelet.sizes.length = 0
      const terminal = { columns: 80, rows: 24 }
      const kubectl = world.start(['exec', '-it', 'web', '--', 'sh'], { env, terminal })
      kubectl.stdin.write('echo here\n')
      await kubectl.printed(/here/)
      assert.equal(kubectl.isRaw, true)
      kubectl.resize(100, 30)
      kubectl.stdin.write('sleep 0.2; echo again; exit 3\n')
      assert.equal(await kubectl.code, 3)
      assert.equal(kubectl.isRaw, false)
      assert.deepEqual(world.kubelet.sizes, ['80x24', '100x30'])
    })

    test('interrupted without a terminal, it ends with 1', limit, async () => {
      const kubectl = world.start(['exec', 'web', '--', 'sh', '-c', 'echo on; exec sleep 100'], {
        env,
      })
      await kubectl.printed(/on/)
      kubectl.interrupt()
      assert.equal(await kubectl.code, 1)
      assert.equal(kubectl.stderr, '')
    })

    test('keys that detach end an attached session', limit, async () => {
      world.kubelet.sizes.length = 0
      const terminal = { columns: 80, rows: 24 }
      const kubectl = world.start(['attach', '-it', 'shell'], { env, terminal })
      await kubectl.printed(/attached to main/)
      kubectl.stdin.write('a\x10b')
      await kubectl.printed(/a[^]b/)
      kubectl.stdin.write('\x10\x11never')
      assert.equal(await kubectl.code, 0)
      assert.equal(
        kubectl.stdout,
        "attached to main\na\x10bSession ended, resume using 'kubectl attach shell -c main -n default -i -t' command\n",
      )
      // A size that differs first, so that what runs there draws anew.
      assert.deepEqual(world.kubelet.sizes, ['81x25', '80x24'])
    })
  })
}

/** Lists the kind Pod and nothing else; upgrades are the caller's to answer. */
async function startServer(upgrade: (request: IncomingMessage, socket: Duplex) => void) {
  const server = createServer((request, response) => {
    const body = discovery[request.url?.split('?')[0] ?? '']
    response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body ?? {}))
  })
  server.on('upgrade', upgrade)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const pod = { name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['get'] }
const discovery: Readonly<Record<string, object>> = {
  '/api': { kind: 'APIVersions', versions: ['v1'] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': { kind: 'APIResourceList', groupVersion: 'v1', resources: [pod] },
}

test('a server that refuses WebSockets is asked for SPDY', limit, async () => {
  const asked: string[] = []
  await using front = await startServer((request, socket) => {
    asked.push(request.headers.upgrade ?? '')
    socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno')
  })
  const file = join(world.home, 'pod.json')
  const spec = { containers: [{ name: 'main', image: 'x' }] }
  const object = { kind: 'Pod', apiVersion: 'v1', metadata: { name: 'web' }, spec }
  await writeFile(file, JSON.stringify(object))
  const kubectl = world.start(['--server', front.url, 'exec', '-f', file, '--', 'date'])
  assert.equal(await kubectl.code, 1)
  assert.equal(kubectl.stderr, 'error: unable to upgrade connection: no\n')
  assert.deepEqual(asked, ['websocket', 'SPDY/3.1'])
})
