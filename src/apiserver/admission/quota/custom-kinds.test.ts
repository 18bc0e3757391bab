/** Quotas count custom kinds, whenever their definitions come and change. */
import assert from 'node:assert/strict'
import test from 'node:test'
import { resourcequotas } from '#api/resources.gen.ts'
import { createClient } from '#client/create-client.ts'
import { master, startTestApiServer } from '#testing/api-server.ts'
import { define, definitionOf, gadgets, schemaOf, versionOf } from '#testing/custom-kinds.ts'

test('objects of a kind that came after the quota', { timeout: 30_000 }, async () => {
  await using started = await startTestApiServer({ port: false })
  const client = createClient(started.server.transport(master))
  const quotas = client.in(resourcequotas, 'default')
  const name = 'count/gadgets.example.com'
  await quotas.create({ metadata: { name: 'q' }, spec: { hard: { [name]: '2' } } })
  const used = async (wanted: string) => {
    const signal = AbortSignal.timeout(10_000)
    for await (const { object } of quotas.watch({ signal })) {
      if (object.status?.used?.[name] === wanted) return
    }
    assert.fail(`the quota never shows ${wanted}`)
  }
  await define(client, definitionOf([versionOf('v1', schemaOf({ a: { type: 'string' } }))]))
  const api = client.in(gadgets(), 'default')
  await api.create({ metadata: { name: 'a' } })
  await used('1')
  await define(client, definitionOf([versionOf('v1', schemaOf({ b: { type: 'string' } }))]))
  await api.create({ metadata: { name: 'b' } })
  await used('2')
  await assert.rejects(api.create({ metadata: { name: 'c' } }), {
    message: `gadgets.example.com "c" is forbidden: exceeded quota: q, requested: ${name}=1, used: ${name}=2, limited: ${name}=2`,
  })
  await api.delete('a')
  await used('1')
})
