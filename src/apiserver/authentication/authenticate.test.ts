import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isStatus } from '#api/meta/status.ts'
import { secrets } from '#api/resources.gen.ts'
import { FakeClock } from '#testing/clock.ts'
import { FakeObjects } from '#testing/objects.ts'
import type { EndpointRequest } from '#apiserver/http/endpoint.ts'
import { createAuthenticator, firstOf, meantForApi } from './authenticate.ts'
import type { AnonymousOptions } from './authenticate.ts'
import { TokenError } from './authenticator.ts'
import type { Credentials, TokenAuthenticator } from './authenticator.ts'
import { bootstrapTokens } from './bootstrap-tokens.ts'
import { selfSubjectReviewEndpoint, tokenReviewEndpoint } from './reviews.ts'

const jane = { name: 'jane', uid: '7', groups: ['dev'], extra: { a: ['b'] } }
const janes: TokenAuthenticator = (token, audiences) =>
  token === 'jane' ? { user: jane, audiences } : undefined
const strict: TokenAuthenticator = (token) => {
  if (token.startsWith('bad')) throw new TokenError('token has been revoked')
  return undefined
}
const tokens = firstOf([strict, janes])

function who(
  credentials: Partial<Credentials>,
  anonymous: AnonymousOptions = { enabled: true },
): string {
  const authenticate = createAuthenticator({ tokens, audiences: ['api'], anonymous })
  try {
    const user = authenticate({ certificate: undefined, bearerToken: undefined, ...credentials })
    assert.ok(user !== undefined && !(user instanceof Promise))
    return `${user.name} [${user.groups.join()}]`
  } catch (error) {
    assert.ok(isStatus(error, 'Unauthorized'))
    return error.message
  }
}

const cn = (CN: string | string[] | undefined, O?: string | string[]) => ({
  certificate: { subject: { ...(CN && { CN }), ...(O && { O }) } },
})
for (const [what, credentials, expected] of [
  ['nothing', {}, 'system:anonymous [system:unauthenticated]'],
  ['a certificate', cn('kube', 'system:masters'), 'kube [system:masters,system:authenticated]'],
  ['several organizations', cn('kube', ['a', 'b']), 'kube [a,b,system:authenticated]'],
  ['several common names', cn(['x', 'kube']), 'kube [system:authenticated]'],
  [
    'a certificate and a bad token',
    { ...cn('kube'), bearerToken: 'bad' },
    'kube [system:authenticated]',
  ],
  [
    'a certificate without a name, and a token',
    { ...cn(''), bearerToken: 'jane' },
    'jane [dev,system:authenticated]',
  ],
  ['a token', { bearerToken: 'jane' }, 'jane [dev,system:authenticated]'],
  ['an unknown token', { bearerToken: 'who' }, 'Unauthorized'],
  ['a bad token', { bearerToken: 'bad' }, 'Unauthorized'],
] as [string, Partial<Credentials>, string][]) {
  test(`${what} → ${expected}`, () => {
    assert.equal(who(credentials), expected)
  })
}

test('without anonymous users, no credentials are 401', () => {
  assert.equal(who({}, { enabled: false }), 'Unauthorized')
})

test('anonymous users may be let in at certain paths only', () => {
  const anonymous = { enabled: true, paths: ['/livez'] }
  assert.equal(who({ path: '/livez' }, anonymous), 'system:anonymous [system:unauthenticated]')
  assert.equal(who({ path: '/livez/ping' }, anonymous), 'Unauthorized')
})

test('whom a front proxy names comes before every other credential', () => {
  const proxied = { name: 'joe', groups: ['ops'] }
  assert.equal(who({ proxied, ...cn('kube') }), 'joe [ops,system:authenticated]')
})

test('somebody who must be asked is waited for, and those behind him asked then', async () => {
  const remote: TokenAuthenticator = async (token) => {
    if (token === 'bad-remote') throw new TokenError('the issuer says no')
    return token === 'remote' ? { user: jane, audiences: [] } : undefined
  }
  const both = firstOf([remote, janes])
  assert.equal((await both('remote', []))?.user, jane)
  assert.equal((await both('jane', ['api']))?.user, jane)
  assert.equal(await both('who', []), undefined)
  await assert.rejects(async () => both('bad-remote', []), {
    message: '[invalid bearer token, the issuer says no]',
  })
})

test('a token without audiences is for the API server alone', () => {
  const agnostic = meantForApi(['api', 'api2'], janes)
  assert.deepEqual(agnostic('jane', ['x', 'api2']), { user: jane, audiences: ['api2'] })
  assert.equal(agnostic('jane', ['x']), undefined)
})

test("a certificate's fingerprint is the credential's id; a cached user keeps one identity", () => {
  const authenticate = createAuthenticator({ tokens, audiences: [], anonymous: { enabled: false } })
  const certificate = { subject: { CN: 'x' }, fingerprint256: 'AB:CD' }
  assert.deepEqual(authenticate({ certificate, bearerToken: undefined }), {
    name: 'x',
    groups: ['system:authenticated'],
    extra: { 'authentication.kubernetes.io/credential-id': ['X509SHA256=abcd'] },
  })
  const janeAgain = () => authenticate({ certificate: undefined, bearerToken: 'jane' })
  assert.equal(janeAgain(), janeAgain())
})

const good = {
  'token-id': 'abcdef',
  'token-secret': '0123456789abcdef',
  'usage-bootstrap-authentication': 'true',
  'auth-extra-groups': 'system:bootstrappers:kubeadm:default-node-token',
  expiration: '2030-01-01T01:00:00Z',
}
for (const [what, change, expected] of [
  [
    'a good token',
    {},
    'system:bootstrap:abcdef [system:bootstrappers,system:bootstrappers:kubeadm:default-node-token]',
  ],
  [
    'without an end',
    { expiration: '' },
    'system:bootstrap:abcdef [system:bootstrappers,system:bootstrappers:kubeadm:default-node-token]',
  ],
  ['expired', { expiration: '2029-12-31T23:59:59Z' }, 'nobody'],
  ['an end that is no time', { expiration: 'soon' }, 'nobody'],
  ['another secret', { 'token-secret': '0123456789abcdeg' }, 'nobody'],
  ['for signing only', { 'usage-bootstrap-authentication': 'false' }, 'nobody'],
  ['a group too high', { 'auth-extra-groups': 'system:masters' }, 'nobody'],
] as [string, Record<string, string>, string][]) {
  test(`bootstrap token, ${what} → ${expected}`, () => {
    const objects = new FakeObjects()
    const data: Record<string, string> = {}
    for (const [key, value] of Object.entries({ ...good, ...change })) {
      data[key] = Buffer.from(value).toString('base64')
    }
    const metadata = { name: 'bootstrap-token-abcdef', namespace: 'kube-system' }
    objects.put(secrets, { metadata, type: 'bootstrap.kubernetes.io/token', data })
    const authenticator = bootstrapTokens({ objects: () => objects, clock: new FakeClock() })
    const user = authenticator('abcdef.0123456789abcdef', ['api'])?.user
    assert.equal(user === undefined ? 'nobody' : `${user.name} [${user.groups.join()}]`, expected)
  })
}

for (const [token, status] of [
  [
    'jane',
    {
      authenticated: true,
      user: {
        username: 'jane',
        uid: '7',
        groups: ['dev', 'system:authenticated'],
        extra: { a: ['b'] },
      },
      audiences: ['api'],
    },
  ],
  ['who', { user: {}, error: 'invalid bearer token' }],
  ['bad', { user: {}, error: '[invalid bearer token, token has been revoked]' }],
] as const) {
  test(`TokenReview of ${token}`, async () => {
    const review = tokenReviewEndpoint({ tokens, apiAudiences: ['api'] })
    const answer = await review({
      object: { metadata: {}, spec: { token } },
    } as unknown as EndpointRequest)
    assert.ok(answer.type === 'object')
    assert.equal(answer.status, 201)
    assert.deepEqual(answer.object, { metadata: {}, spec: { token }, status })
  })
}

test('a TokenReview without a token is a bad request', async () => {
  const review = tokenReviewEndpoint({ tokens, apiAudiences: ['api'] })
  await assert.rejects(
    async () => review({ object: { metadata: {}, spec: {} } } as unknown as EndpointRequest),
    {
      message: 'token is required for TokenReview in authentication',
    },
  )
})

test('SelfSubjectReview says who asks', async () => {
  const answer = await selfSubjectReviewEndpoint(new FakeClock())({
    user: jane,
  } as unknown as EndpointRequest)
  assert.deepEqual(answer.type === 'object' && answer.object, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'SelfSubjectReview',
    metadata: { creationTimestamp: '2030-01-01T00:00:00Z' },
    status: { userInfo: { username: 'jane', uid: '7', groups: ['dev'], extra: { a: ['b'] } } },
  })
})
