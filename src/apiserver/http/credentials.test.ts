import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bearerTokenOf, withoutCredentials } from './credentials.ts'

const prefix = 'base64url.bearer.authorization.k8s.io.'
const token = Buffer.from('se.cr.et').toString('base64url')

for (const [headers, want] of [
  [{}, undefined],
  [{ authorization: 'Bearer x' }, 'x'],
  [{ authorization: 'bearer   x  ' }, 'x'],
  [{ authorization: 'Basic x' }, undefined],
  [{ 'sec-websocket-protocol': `${prefix}${token}, v5.channel.k8s.io` }, 'se.cr.et'],
  [{ 'sec-websocket-protocol': `${prefix}${token}` }, undefined],
  [{ 'sec-websocket-protocol': `${prefix}${token}, ${prefix}${token}, a` }, undefined],
  [{ 'sec-websocket-protocol': 'v5.channel.k8s.io' }, undefined],
] as const) {
  test(`the token in ${JSON.stringify(headers)}`, () => {
    assert.equal(bearerTokenOf(headers), want)
  })
}

test('servers behind this one see no credentials', () => {
  const passed = withoutCredentials({
    ':path': '/',
    authorization: 'Bearer x',
    host: 'api',
    'impersonate-user': 'joe',
    'x-remote-user': 'root',
    accept: '*/*',
    'sec-websocket-protocol': `v5.channel.k8s.io, ${prefix}${token}`,
  })
  assert.deepEqual(passed, { accept: '*/*', 'sec-websocket-protocol': 'v5.channel.k8s.io' })
})
