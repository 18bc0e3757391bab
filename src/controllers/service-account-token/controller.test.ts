import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secrets, serviceaccounts } from '#api/resources.gen.ts'
import { runControllers } from '#testing/controllers.ts'
import { serviceAccountTokenController } from './controller.ts'

const timeout = 5_000

async function make() {
  const sign = (claims: Readonly<Record<string, unknown>>) => `signed ${String(claims['sub'])}`
  const bench = await runControllers([serviceAccountTokenController({ sign, rootCa: 'CA' })])
  const accounts = bench.client.in(serviceaccounts, 'default')
  const client = bench.client.in(secrets, 'default')
  const add = async (name: string, account: string) => {
    const annotations = { 'kubernetes.io/service-account.name': account }
    const type = 'kubernetes.io/service-account-token'
    await client.create({ metadata: { name, annotations }, type })
    await bench.settle()
  }
  const dispose = () => bench[Symbol.asyncDispose]()
  return { ...bench, accounts, secrets: client, add, [Symbol.asyncDispose]: dispose }
}

test(
  'a secret that asks for a token gets one, and goes with its account',
  { timeout },
  async () => {
    await using bench = await make()
    const account = await bench.accounts.create({ metadata: { name: 'bot' } })
    await bench.add('bot-token', 'bot')
    const { data = {}, metadata } = await bench.secrets.get('bot-token')
    const text = (name: string) => Buffer.from(data[name] ?? '', 'base64').toString()
    assert.equal(text('token'), 'signed system:serviceaccount:default:bot')
    assert.equal(text('ca.crt'), 'CA')
    assert.equal(text('namespace'), 'default')
    assert.equal(metadata.annotations?.['kubernetes.io/service-account.uid'], account.metadata.uid)
    await bench.accounts.delete('bot')
    await bench.settle()
    assert.equal((await bench.all(secrets)).size, 0)
    assert.deepEqual(bench.errors, [])
  },
)

test('a secret for an account that does not exist goes', { timeout }, async () => {
  await using bench = await make()
  await bench.add('stray', 'nobody')
  assert.equal((await bench.all(secrets)).size, 0)
})

test('other secrets are left alone', { timeout }, async () => {
  await using bench = await make()
  await bench.secrets.create({ metadata: { name: 'mine' }, type: 'Opaque' })
  await bench.settle()
  assert.equal(bench.cluster.writes.length, 1)
})
