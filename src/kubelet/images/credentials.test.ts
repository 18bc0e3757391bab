import assert from 'node:assert/strict'
import { test } from 'node:test'
import { credentialsFor, credentialsOfConfig, credentialsOfSecret } from './credentials.ts'

const base64 = (text: string): string => Buffer.from(text).toString('base64')

const config = JSON.stringify({
  auths: {
    'https://index.docker.io/v1/': { auth: base64('docker:d:1') },
    'registry.example.com': { username: 'whole', password: 'w' },
    'registry.example.com/team': { username: 'team', password: 't' },
    '*.gcr.io': { username: 'glob', password: 'g' },
    'tokens.example.com:5000': { identitytoken: 'id', registrytoken: 'reg' },
  },
})

const who = (image: string): string =>
  credentialsFor(image, credentialsOfConfig(config))
    .map(({ username, identityToken }) => username || identityToken)
    .join()

for (const [image, users] of [
  ['nginx', 'docker'],
  ['docker.io/library/nginx', 'docker'],
  ['registry.example.com/app', 'whole'],
  ['registry.example.com/team/app:1', 'team,whole'],
  ['eu.gcr.io/project/app', 'glob'],
  ['a.eu.gcr.io/project/app', ''],
  ['tokens.example.com:5000/app', 'id'],
  ['other.example.com/app', ''],
] as const) {
  test(`${image} is pulled as ${users || 'nobody'}`, () => assert.equal(who(image), users))
}

test('a password may hold colons', () => {
  const [auth] = credentialsFor('nginx', credentialsOfConfig(config))
  assert.equal(auth?.password, 'd:1')
})

test('Secrets of both Docker types are read, others have none', () => {
  const metadata = { name: 's', uid: 'u', resourceVersion: '1', creationTimestamp: '' }
  const secretOf = (type: string, key: string, json: string) => ({
    metadata,
    type,
    data: { [key]: base64(json) },
  })
  const modern = secretOf('kubernetes.io/dockerconfigjson', '.dockerconfigjson', config)
  assert.equal(credentialsOfSecret(modern).length, 5)
  const old = secretOf(
    'kubernetes.io/dockercfg',
    '.dockercfg',
    '{"r.example.com":{"username":"a"}}',
  )
  assert.deepEqual(
    credentialsOfSecret(old).map(({ registry }) => registry),
    ['r.example.com'],
  )
  assert.deepEqual(credentialsOfSecret(secretOf('Opaque', '.dockercfg', '{}')), [])
})
