/** kubectl behind a proxy, which the kubeconfig names: requests go through a tunnel to the server. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { formatYaml } from '#api/yaml.ts'
import { startTestApiServer } from '#testing/api-server.ts'
import { run } from '../e2e/kubectl.ts'

const program = fileURLToPath(new URL('../../src/cmd/k8ts.ts', import.meta.url))

/** A proxy that knows CONNECT alone, and what it was asked for. */
async function startProxy() {
  const asked: string[] = []
  const server = createServer()
  server.on('connect', (request, client) => {
    asked.push(request.url ?? '')
    const [host = '', port = ''] = (request.url ?? '').split(':')
    const target = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      target.pipe(client).pipe(target)
    })
    target.on('error', () => client.destroy())
    client.on('error', () => target.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { asked, port, [Symbol.dispose]: () => void server.close() }
}

test('proxy-url', { timeout: 60_000 }, async (t) => {
  await using api = await startTestApiServer()
  using proxy = await startProxy()
  const folder = await mkdtemp(join(tmpdir(), 'kubectl-proxy-'))
  t.after(() => rm(folder, { recursive: true }))
  const base64 = (pem: string): string => Buffer.from(pem).toString('base64')
  const { ca, admin } = api.pki
  const config = {
    'current-context': 'c',
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
    clusters: [
      {
        name: 'c',
        cluster: {
          server: `https://127.0.0.1:${api.server.port}`,
          'proxy-url': `http://127.0.0.1:${proxy.port}`,
          'certificate-authority-data': base64(ca.certificate),
        },
      },
    ],
    users: [
      {
        name: 'u',
        user: {
          'client-certificate-data': base64(admin.certificate),
          'client-key-data': base64(admin.key),
        },
      },
    ],
  }
  await writeFile(join(folder, 'config'), formatYaml(config))
  const env = { HOME: folder, KUBECONFIG: join(folder, 'config') }
  const argv = [program, 'kubectl', 'get', '--raw', '/healthz']
  const { code, stdout, stderr } = await run(process.execPath, argv, { env })
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'ok', stderr: '' })
  assert.deepEqual(proxy.asked, [`127.0.0.1:${api.server.port}`])
})
