import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import * as jose from 'jose'
import type { TokenRequest } from '#api/authentication/v1.gen.ts'
import { StatusError } from '#api/meta/status.ts'
import { nodes, pods, secrets, serviceaccounts } from '#api/resources.gen.ts'
import { FakeClock } from '#testing/clock.ts'
import { FakeObjects } from '#testing/objects.ts'
import type { EndpointRequest } from '#apiserver/http/endpoint.ts'
import { requireToken, firstOf } from './authenticate.ts'
import { jsonWebKey, signToken, signingKey } from './jwt.ts'
import { openIdEndpoints } from './openid.ts'
import { encodeLegacyClaims } from './service-account-claims.ts'
import { serviceAccountTokens } from './service-account-tokens.ts'
import { tokenRequestEndpoint } from './token-request.ts'

const issuer = 'https://kubernetes.default.svc.cluster.local'
const startMs = Date.UTC(2030, 0, 1)

function newKey(type: 'ec' | 'rsa'): string {
  const pair =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return pair.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
}

const pem = newKey('ec')

function world() {
  const clock = new FakeClock(startMs)
  const objects = new FakeObjects()
  const account = { metadata: { name: 'web', namespace: 'shop', uid: 'sa-uid' } }
  objects.put(serviceaccounts, account)
  objects.put(nodes, { metadata: { name: 'n1', uid: 'node-uid' } })
  objects.put(secrets, { metadata: { name: 's', namespace: 'shop', uid: 'secret-uid' } })
  objects.put(pods, {
    metadata: { name: 'p', namespace: 'shop', uid: 'pod-uid' },
    spec: { containers: [], serviceAccountName: 'web', nodeName: 'n1' },
  })
  const key = signingKey(pem)
  const shared = { objects: () => objects, clock, apiAudiences: [issuer] }
  const warnings: string[] = []
  const request = tokenRequestEndpoint({
    ...shared,
    issuer,
    key,
    extendExpiration: true,
    maxExpirationSeconds: 100_000,
    newId: () => 'jti-1',
    admit() {},
  })
  const ask = async (spec: TokenRequest['spec'], metadata: object = {}): Promise<TokenRequest> => {
    const call = { warn: (text: string) => warnings.push(text) }
    const asked = { name: 'web', namespace: 'shop', object: { metadata, spec }, call }
    const answer = await request(asked as unknown as EndpointRequest)
    assert.equal(answer.type === 'object' && answer.status, 201)
    return (answer as { object: TokenRequest }).object
  }
  const tokens = serviceAccountTokens({ ...shared, issuers: [issuer], keys: [key] })
  const identify = (token = '', audiences = [issuer]) =>
    requireToken(firstOf([tokens]), token, audiences)
  return { clock, objects, key, ask, identify, warnings }
}

test('a pod-bound token: its claims, and who holds it', async () => {
  const { ask, identify, key } = world()
  const answer = await ask({
    expirationSeconds: 3607,
    boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'pod-uid' },
  })
  const second = startMs / 1000
  const token = answer.status?.token ?? ''
  const { payload, protectedHeader } = await jose.jwtVerify(
    token,
    jose.createLocalJWKSet({ keys: [jsonWebKey(key) as jose.JWK] }),
    { issuer, audience: issuer, currentDate: new Date(startMs) },
  )
  assert.deepEqual(protectedHeader, { alg: 'ES256', kid: key.id })
  assert.deepEqual(payload, {
    aud: [issuer],
    exp: second + 365 * 86_400,
    iat: second,
    iss: issuer,
    jti: 'jti-1',
    'kubernetes.io': {
      namespace: 'shop',
      node: { name: 'n1', uid: 'node-uid' },
      pod: { name: 'p', uid: 'pod-uid' },
      serviceaccount: { name: 'web', uid: 'sa-uid' },
      warnafter: second + 3607,
    },
    nbf: second,
    sub: 'system:serviceaccount:shop:web',
  })
  assert.equal(answer.status?.expirationTimestamp, '2030-01-01T01:00:07Z')
  assert.deepEqual(await identify(token), {
    audiences: [issuer],
    user: {
      name: 'system:serviceaccount:shop:web',
      uid: 'sa-uid',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
      extra: {
        'authentication.kubernetes.io/credential-id': ['JTI=jti-1'],
        'authentication.kubernetes.io/node-name': ['n1'],
        'authentication.kubernetes.io/node-uid': ['node-uid'],
        'authentication.kubernetes.io/pod-name': ['p'],
        'authentication.kubernetes.io/pod-uid': ['pod-uid'],
      },
    },
  })
})

test('defaults: an hour, for the API server, bound to the account only', async () => {
  const { ask, identify, warnings } = world()
  const answer = await ask({})
  assert.deepEqual(answer.spec, { audiences: [issuer], expirationSeconds: 3600 })
  assert.equal(answer.metadata.name, 'web')
  assert.equal(answer.status?.expirationTimestamp, '2030-01-01T01:00:00Z')
  assert.equal((await identify(answer.status?.token)).user.uid, 'sa-uid')
  const long = await ask({ expirationSeconds: 200_000 })
  assert.equal(long.spec.expirationSeconds, 100_000)
  assert.deepEqual(warnings, ['requested expiration of 200000 seconds shortened to 100000 seconds'])
})

const pod = { apiVersion: 'v1', kind: 'Pod', name: 'p' }
for (const [what, spec, metadata, expected] of [
  [
    'too short',
    { expirationSeconds: 10 },
    {},
    'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 10: may not specify a duration less than 10 minutes',
  ],
  [
    'too long',
    { expirationSeconds: 2 ** 33 },
    {},
    'TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 8589934592: may not specify a duration larger than 2^32 seconds',
  ],
  [
    'another name',
    {},
    { name: 'x' },
    'TokenRequest.authentication.k8s.io "web" is invalid: metadata.name: Invalid value: "x": must match the service account name if specified',
  ],
  [
    'a kind that cannot be bound to',
    { boundObjectRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' } },
    {},
    'cannot bind token to object of type apps/v1, Kind=Deployment',
  ],
  ['a missing pod', { boundObjectRef: { ...pod, name: 'q' } }, {}, 'pods "q" not found'],
  [
    'another uid',
    { boundObjectRef: { ...pod, uid: 'old' } },
    {},
    'Operation cannot be fulfilled on Pod "p": the UID in the bound object reference (old) does not match the UID in record. The object might have been deleted and then recreated',
  ],
] as const) {
  test(`a request for a token with ${what} is refused`, async () => {
    const { ask } = world()
    await assert.rejects(ask(spec as TokenRequest['spec'], metadata), (error) => {
      assert.ok(error instanceof StatusError)
      assert.equal(error.message, expected)
      return true
    })
  })
}

test('a pod of another account cannot be bound to', async () => {
  const { ask, objects } = world()
  objects.put(pods, {
    metadata: { name: 'other', namespace: 'shop' },
    spec: { containers: [], serviceAccountName: 'default' },
  })
  await assert.rejects(ask({ boundObjectRef: { ...pod, name: 'other' } }), {
    message:
      'cannot bind token for serviceaccount "web" to pod running with different serviceaccount name.',
  })
})

for (const [what, spoil, expected] of [
  ['expired', ({ clock }) => clock.advance(3_661_000), 'service account token has expired'],
  [
    'gone account',
    ({ objects }) => objects.drop(serviceaccounts, 'shop', 'web'),
    'serviceaccounts "web" not found',
  ],
  [
    'account made anew',
    ({ objects }) => {
      objects.drop(serviceaccounts, 'shop', 'web')
      objects.put(serviceaccounts, { metadata: { name: 'web', namespace: 'shop', uid: 'new' } })
    },
    'service account UID (new) does not match claim (sa-uid)',
  ],
  [
    'gone pod',
    ({ objects }) => objects.drop(pods, 'shop', 'p'),
    'service account token has been invalidated',
  ],
  [
    'pod whose deletion is long due',
    ({ objects }) =>
      objects.modify(pods, { namespace: 'shop', name: 'p' }, (p) => {
        p.metadata.deletionTimestamp = '2029-12-31T23:58:59Z'
      }),
    'service account token has been invalidated',
  ],
] as [string, (w: ReturnType<typeof world>) => unknown, string][]) {
  test(`${what}: a token that was good no longer is`, async () => {
    const all = world()
    const { status } = await all.ask({ expirationSeconds: 3600, boundObjectRef: pod })
    await all.identify(status?.token)
    await spoil(all)
    await assert.rejects(all.identify(status?.token), {
      name: 'TokenError',
      message: `[invalid bearer token, ${expected}]`,
    })
  })
}

test('a pod that ends in these seconds still has a good token', async () => {
  const { ask, identify, objects } = world()
  const { status } = await ask({ boundObjectRef: pod })
  await objects.modify(pods, { namespace: 'shop', name: 'p' }, (p) => {
    p.metadata.deletionTimestamp = '2029-12-31T23:59:01Z'
  })
  assert.equal((await identify(status?.token)).user.uid, 'sa-uid')
})

test('audiences: the ones that asker and token share', async () => {
  const { ask, identify } = world()
  const { status } = await ask({ audiences: ['vault', 'db'] })
  assert.deepEqual((await identify(status?.token, ['db', 'x'])).audiences, ['db'])
  await assert.rejects(identify(status?.token), {
    message: `[invalid bearer token, token audiences ["vault" "db"] is invalid for the target audiences ["${issuer}"]]`,
  })
})

test('forged, foreign and broken tokens', async () => {
  const { ask, identify } = world()
  const { status } = await ask({})
  const [head, body, signature] = (status?.token ?? '').split('.') as [string, string, string]
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object
  const other = signToken({ ...claims }, signingKey(newKey('ec')))
  const rsa = signToken({ ...claims }, signingKey(newKey('rsa')))
  const edited = Buffer.from(JSON.stringify({ ...claims, sub: 'root' })).toString('base64url')
  const none = Buffer.from('{"alg":"none"}').toString('base64url')
  for (const token of [other, rsa, `${head}.${edited}.${signature}`, `${none}.${body}.`]) {
    await assert.rejects(identify(token), { name: 'TokenError' }, token)
  }
  const foreign = Buffer.from('{"iss":"https://accounts.example"}').toString('base64url')
  for (const token of ['', 'abc', `${head}.${foreign}.${signature}`, 'a.b.c']) {
    await assert.rejects(identify(token), { message: 'invalid bearer token' })
  }
})

test('a token from a secret holds while the secret holds it', async () => {
  const { identify, objects, key } = world()
  const claims = {
    namespace: 'shop',
    secret: 'old',
    serviceAccount: { name: 'web', uid: 'sa-uid' },
  }
  const token = signToken(encodeLegacyClaims(claims), key)
  await assert.rejects(identify(token), {
    message: '[invalid bearer token, Token has been invalidated]',
  })
  const metadata = { name: 'old', namespace: 'shop' }
  const data = { token: Buffer.from(token).toString('base64') }
  objects.put(secrets, { metadata, type: 'kubernetes.io/service-account-token', data })
  assert.equal((await identify(token)).user.name, 'system:serviceaccount:shop:web')
  const marked = objects.get(secrets, 'shop', 'old')
  assert.equal(marked?.metadata.labels?.['kubernetes.io/legacy-token-last-used'], '2030-01-01')
  const writes = objects.writes.length
  await identify(token)
  assert.equal(objects.writes.length, writes, 'once a day is enough')
  const labels = { 'kubernetes.io/legacy-token-invalid-since': '2029-01-01' }
  objects.put(secrets, { metadata: { ...metadata, labels }, data })
  await assert.rejects(identify(token), /secret shop\/old .* has been marked invalid/)
  objects.put(secrets, { metadata, data: {} })
  await assert.rejects(identify(token), /Token does not match server's copy/)
})

test('jose verifies an RSA token with the published key set', async () => {
  const key = signingKey(newKey('rsa'))
  const endpoints = openIdEndpoints({
    issuer,
    jwksUri: 'https://api:6443/openid/v1/jwks',
    keys: [key],
  })
  const read = async (path: string) => {
    const answer = await endpoints.get(`GET ${path}`)?.({} as EndpointRequest)
    assert.ok(answer?.type === 'raw')
    return { headers: answer.headers, body: JSON.parse(answer.body as string) as object }
  }
  const keySet = await read('/openid/v1/jwks')
  assert.equal(keySet.headers['Content-Type'], 'application/jwk-set+json')
  const jwks = jose.createLocalJWKSet(keySet.body as jose.JSONWebKeySet)
  await jose.jwtVerify(signToken({ iss: issuer, sub: 'x' }, key), jwks, { issuer })
  assert.deepEqual((await read('/.well-known/openid-configuration')).body, {
    issuer,
    jwks_uri: 'https://api:6443/openid/v1/jwks',
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  })
})
