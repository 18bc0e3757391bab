import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/core/v1.gen.ts'
import { must } from '#base/assert.ts'
import { timestamp } from '#base/clock.ts'
import { createClient } from '#client/create-client.ts'
import type { ApiRequest, Transport } from '#client/transport.ts'
import { FakeClock } from '#testing/clock.ts'
import { TokenSource } from './tokens.ts'

const pod = {
  metadata: { name: 'p', namespace: 'shop', uid: 'p-uid' },
  spec: { serviceAccountName: 'web', containers: [] },
} as unknown as Pod
const { signal } = new AbortController()
const hourMs = 3_600_000

interface Asked {
  readonly spec: { readonly audiences?: string[]; readonly expirationSeconds: number }
}

function bodyOf(request: ApiRequest | undefined): Asked {
  return must(request, 'a request').body as Asked
}

function world() {
  const clock = new FakeClock()
  const asked: ApiRequest[] = []
  const transport: Transport = {
    async request(request) {
      asked.push(request)
      const { spec } = request.body as Asked
      const expirationTimestamp = timestamp(clock.nowMs() + spec.expirationSeconds * 1000)
      const status = { token: `token ${asked.length}`, expirationTimestamp }
      return { status: 201, body: { status }, warnings: [] }
    },
    async *watch() {},
  }
  const source = new TokenSource(createClient(transport), clock)
  const get = async (more: object = {}) =>
    (await source.token(pod, { path: 'token', ...more }, signal)).token
  return { clock, asked, source, get }
}

test('a token is bound to its pod, and kept for four fifths of its life', async () => {
  const { clock, asked, get } = world()
  assert.equal(await get({ expirationSeconds: 3607 }), 'token 1')
  assert.match(asked[0]?.path ?? '', /namespaces\/shop\/serviceaccounts\/web\/token$/)
  assert.deepEqual(bodyOf(asked[0]).spec, {
    expirationSeconds: 3607,
    boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'p-uid' },
  })
  await clock.advance(0.79 * hourMs)
  assert.equal(await get({ expirationSeconds: 3607 }), 'token 1')
  await clock.advance(0.02 * hourMs)
  assert.equal(await get({ expirationSeconds: 3607 }), 'token 2')
})

test('a long-lived token is replaced after a day', async () => {
  const { clock, get } = world()
  const week = { expirationSeconds: 7 * 24 * 3600 }
  await get(week)
  await clock.advance(23 * hourMs)
  assert.equal(await get(week), 'token 1')
  await clock.advance(2 * hourMs)
  assert.equal(await get(week), 'token 2')
})

test('audiences have tokens of their own; those of a pod that is gone are forgotten', async () => {
  const { asked, source, get } = world()
  assert.equal(await get(), 'token 1')
  assert.equal(await get({ audience: 'vault' }), 'token 2')
  assert.deepEqual(bodyOf(asked[1]).spec.audiences, ['vault'])
  assert.equal(await get(), 'token 1')
  source.forget('p-uid')
  assert.equal(await get(), 'token 3')
})
