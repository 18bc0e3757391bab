import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:tls'
import test, { after } from 'node:test'
import { notFound } from '#api/meta/status.ts'
import type { UpgradeRequest } from '#apiserver/http/endpoint.ts'
import { startTestApiServer } from '#testing/api-server.ts'

const exec = async ({ name, socket, query, user }: UpgradeRequest): Promise<void> => {
  if (name === 'none') throw notFound({ group: '', resource: 'pods' }, name)
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n')
  socket.write(`${user.name} runs ${query.get('command')}\n`)
  for await (const chunk of socket) socket.write(chunk as Buffer)
  socket.end()
}
const asked: string[] = []
const { server, pki, ...running } = await startTestApiServer({
  parts: {
    endpoints: () => ({ upgrade: new Map([['pods/exec', exec]]) }),
    authorizer: () => ({
      authorize({ verb, resource, user }) {
        if (resource !== undefined)
          asked.push(`${verb} ${resource.resource}/${resource.subresource}`)
        return { allowed: user.name === 'kubernetes-admin', reason: '' }
      },
    }),
  },
})
after(() => running[Symbol.asyncDispose]())

async function open(
  path: string,
  identity: object = {},
): Promise<{ text: () => string; socket: ReturnType<typeof connect> }> {
  const socket = connect({
    port: server.port,
    host: '127.0.0.1',
    ca: pki.ca.certificate,
    ALPNProtocols: ['http/1.1'],
    ...identity,
  })
  await once(socket, 'secureConnect')
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n`)
  return { text: () => text, socket }
}

const admin = { cert: pki.admin.certificate, key: pki.admin.key }
const execOf = (pod: string): string => `/api/v1/namespaces/default/pods/${pod}/exec?command=date`
const limit = { timeout: 20_000 }

async function until(isSo: () => boolean, socket: ReturnType<typeof connect>): Promise<void> {
  while (!isSo()) await once(socket, 'data')
}

test('the endpoint gets the socket, both ways', limit, async () => {
  const { text, socket } = await open(execOf('web'), admin)
  await until(() => text().includes('runs'), socket)
  socket.write('ping\n')
  await until(() => text().includes('ping'), socket)
  assert.match(text(), /^HTTP\/1\.1 101 [^]*kubernetes-admin runs date\nping\n$/)
  socket.end()
  await once(socket, 'close')
})

test('a WebSocket’s GET needs the right to create as well', limit, async () => {
  asked.length = 0
  const { socket, text } = await open(execOf('web'), admin)
  await until(() => text().includes('runs'), socket)
  assert.deepEqual(asked, ['get pods/exec', 'create pods/exec'])
  socket.destroy()
})

test('what the endpoint refuses is answered in HTTP', limit, async () => {
  const { text, socket } = await open(execOf('none'), admin)
  await once(socket, 'close')
  assert.match(text(), /^HTTP\/1\.1 404 Not Found\r\n[^]*"message":"pods \\"none\\" not found"/)
})

test('who may not is refused before the endpoint', limit, async () => {
  const { text, socket } = await open(execOf('web'))
  await once(socket, 'close')
  assert.match(text(), /^HTTP\/1\.1 403 Forbidden\r\n[^]*system:anonymous/)
})

test('an upgrade that nobody takes is an ordinary request', limit, async () => {
  const { text, socket } = await open('/api/v1/namespaces/default/pods/web', admin)
  await until(() => text().includes('not found'), socket)
  assert.match(text(), /^HTTP\/1\.1 404 Not Found\r\n/)
  socket.destroy()
})
