import assert from 'node:assert/strict'
import test from 'node:test'
import type { ComponentStatus } from '#api/core/v1.gen.ts'
import { componentStatusEndpoint } from './component-status.ts'
import type { EndpointRequest } from './endpoint.ts'

const endpoint = componentStatusEndpoint([
  { name: 'scheduler', check: () => Promise.reject(new Error('no answer')) },
  { name: 'etcd-0', check: () => Promise.resolve('ok') },
])

async function ask(name: string, query = ''): Promise<readonly ComponentStatus[]> {
  const signal = new AbortController().signal
  const request = { name, query: new URLSearchParams(query), signal } as Partial<EndpointRequest>
  const answer = await endpoint(request as EndpointRequest)
  assert.ok(answer.type === 'object')
  const object = answer.object as ComponentStatus & { items?: ComponentStatus[] }
  return object.items ?? [object]
}

const shown = (statuses: readonly ComponentStatus[]): readonly string[] =>
  statuses.map(({ metadata, conditions = [] }) => {
    const [condition] = conditions
    return `${metadata.name} ${condition?.type}=${condition?.status} ${condition?.message}`
  })

test('every component in the order of its check', async () => {
  assert.deepEqual(shown(await ask('')), [
    'scheduler Healthy=False no answer',
    'etcd-0 Healthy=True ok',
  ])
})

test('one component', async () => {
  assert.deepEqual(shown(await ask('etcd-0')), ['etcd-0 Healthy=True ok'])
  await assert.rejects(ask('etcd-1'), { message: 'componentstatuses "etcd-1" not found' })
})

test('selected components', async () => {
  assert.deepEqual(shown(await ask('', 'fieldSelector=metadata.name!=etcd-0')), [
    'scheduler Healthy=False no answer',
  ])
  assert.deepEqual(await ask('', 'labelSelector=a=b'), [])
})
