import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { configmaps, secrets } from '#api/resources.gen.ts'
import { runControllers } from '#testing/controllers.ts'
import { bootstrapSignerController } from './controller.ts'

const timeout = 5_000
const kubeconfig = 'apiVersion: v1\nkind: Config\n'

interface Token {
  readonly id: string
  readonly secret?: string
  readonly expiration?: string
  readonly 'usage-bootstrap-signing'?: string
}

async function make() {
  const bench = await runControllers([bootstrapSignerController])
  const maps = bench.client.in(configmaps, 'kube-public')
  const tokens = bench.client.in(secrets, 'kube-system')
  const add = async ({ id, secret = 's'.repeat(16), ...more }: Token, name = id) => {
    const text = { 'token-id': id, 'token-secret': secret, 'usage-bootstrap-signing': 'true' }
    const data = Object.fromEntries(
      Object.entries({ ...text, ...more }).map(([key, value]) => [key, btoa(value)]),
    )
    const metadata = { name: `bootstrap-token-${name}` }
    await tokens.create({ metadata, type: 'bootstrap.kubernetes.io/token', data })
    await bench.settle()
  }
  await maps.create({ metadata: { name: 'cluster-info' }, data: { kubeconfig, more: 'x' } })
  const data = async () => (await maps.get('cluster-info')).data ?? {}
  const signers = async () =>
    Object.keys(await data()).flatMap((key) => key.split('jws-kubeconfig-')[1] ?? [])
  /** Signing is done beside the event loop, so that settling does not cover it; the test's limit ends the wait. */
  const signedBy = async (...ids: readonly string[]) => {
    while (!isDeepStrictEqual(await signers(), ids)) {
      await setImmediate()
      await bench.settle()
    }
  }
  const dispose = () => bench[Symbol.asyncDispose]()
  return { ...bench, maps, tokens, add, data, signers, signedBy, [Symbol.asyncDispose]: dispose }
}

function expectedSignature(id: string, secret: string): string {
  const base64 = (text: string) => Buffer.from(text).toString('base64url')
  const head = base64(`{"alg":"HS256","kid":"${id}"}`)
  const body = `${head}.${base64(kubeconfig)}`
  return `${head}..${createHmac('sha256', secret).update(body).digest('base64url')}`
}

test('each token that may sign does, and takes its signature along', { timeout }, async () => {
  await using bench = await make()
  await bench.add({ id: 'abcdef', secret: '0123456789abcdef' })
  await bench.add({ id: 'ghijkl' })
  await bench.signedBy('abcdef', 'ghijkl')
  const data = await bench.data()
  assert.equal(data['jws-kubeconfig-abcdef'], expectedSignature('abcdef', '0123456789abcdef'))
  assert.equal(data['kubeconfig'], kubeconfig)
  assert.equal(data['more'], 'x')
  await bench.tokens.delete('bootstrap-token-abcdef')
  await bench.signedBy('ghijkl')
  assert.deepEqual(bench.errors, [])
})

test('who may not sign does not', { timeout }, async () => {
  await using bench = await make()
  await bench.add({ id: 'aaaaaa', 'usage-bootstrap-signing': 'false' })
  await bench.add({ id: 'bbbbbb', secret: '' })
  await bench.add({ id: 'cccccc', expiration: '2029-12-31T00:00:00Z' })
  await bench.add({ id: 'dddddd', expiration: 'soon' })
  await bench.add({ id: 'eeeeee' }, 'ffffff')
  await bench.add({ id: 'tooshort' })
  assert.deepEqual(await bench.signers(), [])
})

test('a signature ends with its token, whoever cleans up', { timeout }, async () => {
  await using bench = await make()
  await bench.add({ id: 'abcdef', expiration: '2030-01-01T01:00:00Z' })
  await bench.signedBy('abcdef')
  await bench.clock.advance(3_600_000)
  await bench.signedBy()
})

test('a signature follows what is signed; nothing is written twice', { timeout }, async () => {
  await using bench = await make()
  await bench.add({ id: 'abcdef' })
  await bench.signedBy('abcdef')
  const before = bench.cluster.writes.length
  const map = await bench.maps.get('cluster-info')
  const wrong = { ...map.data, 'jws-kubeconfig-abcdef': 'forged', 'jws-kubeconfig-zzzzzz': 'old' }
  await bench.maps.update({ ...map, data: wrong })
  await bench.signedBy('abcdef')
  assert.equal((await bench.data())['jws-kubeconfig-abcdef'] === 'forged', false)
  assert.equal(bench.cluster.writes.length, before + 2)
})
