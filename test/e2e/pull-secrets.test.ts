/** A private image: refused without a secret, pulled with one from the pod or from its service account. */
import assert from 'node:assert/strict'
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { mirrorAddress } from '#cluster/local/registry.ts'
import { startCluster, withNamespace, type TestCluster } from './cluster.ts'
import { eventually } from './kubectl.ts'

const user = 'jane'
const password = 'a secret: with a colon'
const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

/** The cluster's own registry behind a password. */
function privateRegistry(): Server {
  return createServer((incoming, outgoing) => {
    if (incoming.headers.authorization !== wanted) {
      outgoing.writeHead(401, { 'www-authenticate': 'Basic realm="private"' }).end()
      return
    }
    const upstream = request(`http://${mirrorAddress}${incoming.url}`, {
      method: incoming.method,
      headers: { accept: incoming.headers.accept ?? '*/*' },
    })
    upstream.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    upstream.on('error', () => outgoing.destroy())
    upstream.end()
  })
}

suite('private images', () => {
  let cluster: TestCluster
  const registry = privateRegistry()
  before(async () => {
    cluster = await startCluster()
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
  })
  after(() => registry.close())

  test('with a secret, and without', { timeout: 180_000 }, async () => {
    const host = `127.0.0.1:${(registry.address() as AddressInfo).port}`
    await withNamespace(cluster, 'private', async (ns) => {
      const run = (name: string, overrides: object): Promise<string> =>
        cluster.ok([
          '-n',
          ns,
          'run',
          name,
          `--image=${host}/library/busybox`,
          '--restart=Never',
          `--overrides=${JSON.stringify({ apiVersion: 'v1', ...overrides })}`,
          '--',
          'echo',
          'pulled',
        ])
      const phase = (name: string): Promise<string> =>
        cluster.ok(`-n ${ns} get pod ${name} -o jsonpath={.status.phase}`)

      await run('without', {})
      await eventually('it is refused', async () =>
        /ErrImagePull|ImagePullBackOff/.test(await cluster.ok(`-n ${ns} get pod without`)),
      )
      assert.match(
        await cluster.ok(`-n ${ns} describe pod without`),
        /Failed to pull image "127\.0\.0\.1:\d+\/library\/busybox".*(?:401|authorization failed)/,
      )

      await cluster.ok([
        '-n',
        ns,
        'create',
        'secret',
        'docker-registry',
        'key',
        `--docker-server=${host}`,
        `--docker-username=${user}`,
        `--docker-password=${password}`,
      ])
      await run('with', { spec: { imagePullSecrets: [{ name: 'key' }] } })
      await eventually('the pod ran', async () => (await phase('with')) === 'Succeeded')

      const patch = JSON.stringify({ imagePullSecrets: [{ name: 'key' }] })
      await cluster.ok(['-n', ns, 'patch', 'serviceaccount', 'default', '-p', patch])
      await run('by-account', {})
      await eventually(
        'its account has the key',
        async () => (await phase('by-account')) === 'Succeeded',
      )
      assert.equal(await cluster.ok(`-n ${ns} logs by-account`), 'pulled\n')
    })
  })
})
