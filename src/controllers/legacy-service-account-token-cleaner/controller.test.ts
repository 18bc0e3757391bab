import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configmaps, pods, secrets, serviceaccounts } from '#api/resources.gen.ts'
import { UserError } from '#base/user-error.ts'
import { runControllers } from '#testing/controllers.ts'
import { legacyServiceAccountTokenCleaner } from './controller.ts'

const timeout = 5_000
const dayMs = 86_400_000

test('a forgotten token is marked, then deleted; one of a pod stays', { timeout }, async () => {
  await using bench = await runControllers([legacyServiceAccountTokenCleaner(2 * dayMs)])
  const { client, clock } = bench
  await client.in(configmaps, 'kube-system').create({
    metadata: { name: 'kube-apiserver-legacy-service-account-token-tracking' },
    data: { since: '2029-12-01' },
  })
  const names = ['forgotten', 'mounted']
  await client.in(serviceaccounts, 'default').create({
    metadata: { name: 'bot' },
    secrets: names.map((name) => ({ name })),
  })
  for (const name of names) {
    const annotations = { 'kubernetes.io/service-account.name': 'bot' }
    const type = 'kubernetes.io/service-account-token'
    await client.in(secrets, 'default').create({ metadata: { name, annotations }, type })
  }
  const volumes = [{ name: 'v', secret: { secretName: 'mounted' } }]
  await client.in(pods, 'default').create({
    metadata: { name: 'p' },
    spec: { containers: [], volumes },
  })
  const marks = async () => {
    await bench.settle()
    return [...(await bench.all(secrets))].map(
      ([key, { metadata }]) => `${key} ${Object.values(metadata.labels ?? {}).join()}`,
    )
  }
  const day = async () => {
    await clock.advance(dayMs)
    await bench.settle()
  }
  assert.deepEqual(await marks(), ['default/forgotten ', 'default/mounted '])
  for (let days = 0; days < 3; days++) await day()
  assert.deepEqual(await marks(), ['default/forgotten 2030-01-03', 'default/mounted '])
  for (let days = 0; days < 3; days++) await day()
  assert.deepEqual(await marks(), ['default/mounted '])
})

test('a period that is none is refused', () => {
  assert.throws(
    () => legacyServiceAccountTokenCleaner(0),
    new UserError('invalid CleanUpPeriod: 0s'),
  )
})
