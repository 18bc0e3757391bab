import assert from 'node:assert/strict'
import { test } from 'node:test'
import { escapeKey, proxiedUser, unescapeKey, usualHeaders } from './request-header.ts'
import type { RequestHeaderOptions } from './request-header.ts'

const options: RequestHeaderOptions = {
  ...usualHeaders,
  clientCa: '',
  allowedNames: ['front-proxy-client'],
}
const proxy = { subject: { CN: 'front-proxy-client' } }

test('a proxy names user, uid, groups and extras', () => {
  const headers = Object.entries({
    'X-Remote-User': 'jane',
    'x-remote-uid': '7',
    'X-Remote-Group': 'a,b',
    'x-remote-group': 'c',
    'X-Remote-Extra-Example.org%2fScopes': 'read',
    'x-remote-extra-example.org%2Fscopes': 'x',
    Accept: '*/*',
  }).flat()
  assert.deepEqual(proxiedUser(options, proxy, headers), {
    name: 'jane',
    uid: '7',
    groups: ['a,b', 'c'],
    extra: { 'example.org/scopes': ['read', 'x'] },
  })
})

for (const [what, changes, who, headers] of [
  ['another name', {}, { subject: { CN: 'someone' } }, ['X-Remote-User', 'jane']],
  ['no name', {}, { subject: {} }, ['X-Remote-User', 'jane']],
  ['nobody to speak for', {}, proxy, ['X-Remote-Group', 'a']],
  ['an empty user', {}, proxy, ['X-Remote-User', '']],
  ['another header', { usernameHeaders: ['X-User'] }, proxy, ['X-Remote-User', 'jane']],
] as const) {
  test(`a proxy with ${what} is not listened to`, () => {
    assert.equal(proxiedUser({ ...options, ...changes }, who, headers), undefined)
  })
}

test('without allowed names everybody with a certificate may speak; the first header counts', () => {
  const headers = ['X-Remote-User', 'second', 'X-User', 'first']
  const any = { ...options, allowedNames: [], usernameHeaders: ['X-User', 'X-Remote-User'] }
  assert.deepEqual(proxiedUser(any, { subject: {} }, headers), { name: 'first', groups: [] })
})

test('keys of extras come through headers', () => {
  for (const key of ['scopes', 'example.org/scopes', 'a b%', '(x)']) {
    assert.match(escapeKey(key), /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/)
    assert.equal(unescapeKey(escapeKey(key)), key)
  }
  assert.equal(unescapeKey('%zz'), '%zz')
})
