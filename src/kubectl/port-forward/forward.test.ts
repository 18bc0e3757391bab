/** port-forward against a kubelet that is a fake, to servers of this process. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import test, { after, suite } from 'node:test'
import { addRunningPod, startKubectlWorld } from '#testing/kubectl.ts'

const world = await startKubectlWorld()
after(() => world[Symbol.asyncDispose]())

/** Sends back all it gets, once the client has ended its half. */
const echo: Server = createServer({ allowHalfOpen: true }, (socket) => {
  const chunks: Buffer[] = []
  socket.on('data', (bytes: Buffer) => chunks.push(bytes))
  socket.once('end', () => socket.end(Buffer.concat(chunks)))
})
echo.listen(0, '127.0.0.1')
await once(echo, 'listening')
after(() => echo.close())
const port = (echo.address() as AddressInfo).port
await addRunningPod(world.transport, 'web', { ports: [{ name: 'echo', containerPort: port }] })

const limit = { timeout: 30_000 }

async function sendAndReceive(local: number, bytes: Buffer): Promise<Buffer> {
  const socket = connect({ port: local, host: '127.0.0.1', allowHalfOpen: true })
  socket.end(bytes)
  return Buffer.concat((await socket.toArray()) as Buffer[])
}

for (const [name, webSockets] of [
  ['WebSocket', 'true'],
  ['SPDY', 'false'],
] as const) {
  suite(`over ${name}`, () => {
    const env = { KUBECTL_PORT_FORWARD_WEBSOCKETS: webSockets }

    test('a hundred connections at once, each with its own bytes', limit, async () => {
      const kubectl = world.start(['port-forward', 'web', ':echo'], { env })
      const [, local = ''] = await kubectl.printed(/Forwarding from 127\.0\.0\.1:(\d+) -> \d+\n/)
      const sizes = Array.from({ length: 100 }, (_, at) => at * 1009)
      const answers = await Promise.all(
        sizes.map((size, at) => sendAndReceive(Number(local), Buffer.alloc(size, at))),
      )
      for (const [at, answer] of answers.entries()) {
        assert.ok(answer.equals(Buffer.alloc(at * 1009, at)), `connection ${at}`)
      }
      const handled = kubectl.stdout.split(`Handling connection for ${local}\n`).length - 1
      assert.equal(handled, 100)
      kubectl.interrupt()
      assert.equal(await kubectl.code, 0)
      assert.equal(kubectl.stderr, '')
    })

    test('more than any buffer holds', limit, async () => {
      const kubectl = world.start(['port-forward', 'web', ':echo'], { env })
      const [, local = ''] = await kubectl.printed(/127\.0\.0\.1:(\d+)/)
      const bytes = Buffer.alloc(8_000_000, 'k8ts')
      assert.ok((await sendAndReceive(Number(local), bytes)).equals(bytes))
      kubectl.interrupt()
      assert.equal(await kubectl.code, 0)
    })

    test('a port where nobody listens ends it', limit, async () => {
      const kubectl = world.start(['port-forward', 'web', ':1'], { env })
      const [, local = ''] = await kubectl.printed(/127\.0\.0\.1:(\d+)/)
      await sendAndReceive(Number(local), Buffer.from('x')).catch(() => undefined)
      assert.equal(await kubectl.code, 1)
      assert.match(kubectl.stderr, /an error occurred forwarding \d+ -> 1: failed to connect/)
      assert.match(kubectl.stderr, /error: lost connection to pod\n$/)
    })
  })
}

test('a port that is taken', limit, async () => {
  const kubectl = world.start(['port-forward', 'web', `${port}:80`, '--address=127.0.0.1'])
  assert.equal(await kubectl.code, 1)
  assert.equal(
    kubectl.stderr,
    `Unable to listen on port ${port}: Listeners failed to create with the following errors: [unable to create listener: Error listen tcp4 127.0.0.1:${port}: bind: address already in use]\nerror: unable to listen on any of the requested ports: [{${port} 80}]\n`,
  )
})
