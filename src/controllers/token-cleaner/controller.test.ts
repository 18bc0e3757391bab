import assert from 'node:assert/strict'
import { test } from 'node:test'
import { secrets } from '#api/resources.gen.ts'
import { runControllers } from '#testing/controllers.ts'
import { tokenCleanerController } from './controller.ts'

const timeout = 5_000

test('bootstrap tokens go when they end; nothing else does', { timeout }, async () => {
  await using bench = await runControllers([tokenCleanerController])
  const add = async (name: string, expiration: string, more: object = {}) => {
    const data = { expiration: btoa(expiration) }
    const type = 'bootstrap.kubernetes.io/token'
    await bench.client
      .in(secrets, 'kube-system')
      .create({ metadata: { name }, type, data, ...more } as never)
  }
  await add('past', '2029-12-31T23:59:59Z')
  await add('unreadable', 'tomorrow')
  await add('in-an-hour', '2030-01-01T02:00:00+01:00')
  await add('in-40-days', '2030-02-10T00:00:00Z')
  await add('never', '')
  await add('of-another-type', '2029-12-31T23:59:59Z', { type: 'Opaque' })
  const left = async () => {
    await bench.settle()
    const keys = [...(await bench.all(secrets)).keys()]
    return keys.map((key) => key.slice('kube-system/'.length)).toSorted()
  }
  assert.deepEqual(await left(), ['in-40-days', 'in-an-hour', 'never', 'of-another-type'])
  await bench.clock.advance(3_600_000)
  assert.deepEqual(await left(), ['in-40-days', 'never', 'of-another-type'])
  for (let day = 0; day < 40; day++) await bench.clock.advance(24 * 3_600_000)
  assert.deepEqual(await left(), ['never', 'of-another-type'])
  assert.deepEqual(bench.errors, [])
})
