import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forbidden } from '#api/meta/status.ts'
import { FakeClock } from '#testing/clock.ts'
import { webhookBackend } from './webhook-backend.ts'
import type { WebhookBackendOptions } from './webhook-backend.ts'

const lines = (...ids: string[]) => ids.map((id) => Buffer.from(`{"auditID":"${id}"}`))

function world(answer: () => Error | undefined, more: Partial<WebhookBackendOptions> = {}) {
  const clock = new FakeClock()
  const posted: string[] = []
  const backend = webhookBackend({
    clock,
    random: () => 0,
    initialBackoffMs: 1000,
    post: async (body) => {
      posted.push(typeof body === 'string' ? body : '')
      const failure = answer()
      if (failure !== undefined) throw failure
      return undefined
    },
    ...more,
  })
  return { clock, posted, backend }
}

const shown = (body: string | undefined) =>
  JSON.parse(body ?? '').items.map(({ auditID }: { auditID: string }) => auditID)

test('a batch is one list', async () => {
  const { backend, posted } = world(() => undefined)
  await backend.write(lines('a', 'b'))
  assert.deepEqual(JSON.parse(posted[0] ?? ''), {
    kind: 'EventList',
    apiVersion: 'audit.k8s.io/v1',
    metadata: {},
    items: [{ auditID: 'a' }, { auditID: 'b' }],
  })
})

test('one that is too large goes in pieces', async () => {
  const { backend, posted } = world(() => undefined, { batchBytesMax: 40 })
  await backend.write(lines('a', 'b', 'c'))
  assert.deepEqual(posted.map(shown), [['a', 'b'], ['c']])
})

test('whatever the failure, it is sent again, five times at most', async () => {
  const no = forbidden({ group: '', resource: 'events' }, '', 'no')
  const { backend, posted, clock } = world(() => no)
  const writing = assert.rejects(Promise.resolve(backend.write(lines('a'))), /forbidden/)
  for (let second = 0; second < 10; second++) await clock.advance(1000)
  await writing
  assert.equal(posted.length, 5)
})

test('at the end there is no more waiting', async () => {
  const { backend, posted } = world(() => new Error('down'))
  const writing = assert.rejects(Promise.resolve(backend.write(lines('a'))), { message: 'down' })
  await new Promise((resolve) => setImmediate(resolve))
  await backend[Symbol.asyncDispose]()
  await writing
  assert.equal(posted.length, 2)
})
