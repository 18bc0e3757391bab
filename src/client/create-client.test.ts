import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deployments, namespaces, pods } from '#api/resources.gen.ts'
import { createClient } from './create-client.ts'
import type { Client } from './client.ts'
import type { ApiRequest } from './transport.ts'

const signal = new AbortController().signal

const cases: readonly { call: (client: Client) => unknown; sent: Partial<ApiRequest> }[] = [
  {
    call: (client) => client.in(pods, 'default').get('web'),
    sent: { method: 'GET', path: '/api/v1/namespaces/default/pods/web', query: {} },
  },
  {
    call: (client) => client.for(deployments).list({ labelSelector: 'a=b', limit: 5 }),
    sent: {
      method: 'GET',
      path: '/apis/apps/v1/deployments',
      query: { labelSelector: 'a=b', limit: '5' },
    },
  },
  {
    call: (client) => client.for(namespaces).get('default', { subresource: 'status' }),
    sent: { method: 'GET', path: '/api/v1/namespaces/default/status', query: {} },
  },
  {
    call: (client) =>
      client.for(pods).watch({ resourceVersion: '7', allowWatchBookmarks: true, signal }),
    sent: {
      method: 'GET',
      path: '/api/v1/pods',
      query: { watch: 'true', resourceVersion: '7', allowWatchBookmarks: 'true' },
      signal,
    },
  },
  {
    call: (client) => client.in(pods, 'a').createSubresource('web', 'binding', { target: {} }),
    sent: { method: 'POST', path: '/api/v1/namespaces/a/pods/web/binding', body: { target: {} } },
  },
  {
    call: (client) =>
      client
        .in(pods, 'a')
        .patch('web', 'apply', { x: 1 }, { fieldManager: 'me', force: true, dryRun: true }),
    sent: {
      method: 'PATCH',
      path: '/api/v1/namespaces/a/pods/web',
      query: { fieldManager: 'me', dryRun: 'All', force: 'true' },
      headers: { 'content-type': 'application/apply-patch+yaml' },
      body: { x: 1 },
    },
  },
  {
    call: (client) =>
      client
        .in(pods, 'a')
        .deleteCollection({ fieldSelector: 'x=y', delete: { gracePeriodSeconds: 0 } }),
    sent: {
      method: 'DELETE',
      path: '/api/v1/namespaces/a/pods',
      query: { fieldSelector: 'x=y' },
      body: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 },
    },
  },
  {
    call: (client) => client.for(namespaces).create({ metadata: { name: 'a' }, spec: {} }),
    sent: {
      method: 'POST',
      path: '/api/v1/namespaces',
      query: {},
      body: { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'a' }, spec: {} },
    },
  },
]

for (const { call, sent } of cases) {
  test(`${sent.method} ${sent.path}`, async () => {
    const requests: ApiRequest[] = []
    const client = createClient({
      request(request) {
        requests.push(request)
        return Promise.resolve({ status: 200, body: {}, warnings: [] })
      },
      watch(request) {
        requests.push(request)
        return (async function* () {})()
      },
    })
    await call(client)
    assert.deepEqual(requests, [{ query: requests[0]?.query, ...sent }])
    if (sent.query !== undefined) assert.deepEqual(requests[0]?.query, sent.query)
  })
}

test('names of namespaced objects need a namespace', () => {
  const client = createClient({
    request: () => Promise.reject(new Error('sent')),
    watch: () => (async function* () {})(),
  })
  assert.throws(() => client.for(pods).get('web'), /pods are namespaced/)
  assert.throws(() => client.in(pods, 'a').get(''), /needs a name/)
})
