import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { FakeClock } from '#testing/clock.ts'
import { TokenError } from '#apiserver/authentication/authenticator.ts'
import type { JwtIssuer } from './issuer.ts'
import { userMapping } from './claims.ts'
import { jwtTokens } from './jwt-tokens.ts'

const url = 'https://issuer.example'
const plain: JwtIssuer = {
  url,
  audiences: ['kubectl', 'web'],
  claimValidationRules: [],
  username: { claim: 'sub', prefix: 'oidc:' },
  groups: { claim: 'roles', prefix: 'oidc-' },
  extra: [],
  userValidationRules: [],
}

const pair = await generateKeyPair('ES256')
const other = await generateKeyPair('ES256')
const keySet = createLocalJWKSet({ keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'ES256' }] })
const clock = new FakeClock()
const nowSeconds = clock.nowMs() / 1000

interface Token {
  readonly iss?: string
  readonly aud?: string | string[]
  readonly exp?: number
  readonly [claim: string]: unknown
}

function sign(token: Token = {}, key = pair.privateKey): Promise<string> {
  const claims = { iss: url, aud: 'kubectl', exp: nowSeconds + 3600, sub: 'jane', ...token }
  return new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(key)
}

const keys = async () => keySet
const ask = async (token: string, issuer = plain) => jwtTokens(issuer, clock, keys)(token, ['api'])

test('a token of the issuer is whom it names', async () => {
  const token = await sign({ roles: ['dev', 'ops'], jti: '7', aud: ['x', 'web'] })
  assert.deepEqual(await ask(token), {
    user: {
      name: 'oidc:jane',
      groups: ['oidc-dev', 'oidc-ops'],
      extra: { 'authentication.kubernetes.io/credential-id': ['JTI=7'] },
    },
    audiences: ['api'],
  })
  assert.deepEqual((await ask(await sign({ roles: 'dev' })))?.user.groups, ['oidc-dev'])
})

test('tokens of others, and texts that are no tokens, are left to others', async () => {
  assert.equal(await ask(await sign({ iss: 'https://else.example' })), undefined)
  assert.equal(await ask('abcdef.0123456789abcdef'), undefined)
})

for (const [what, token, message] of [
  ['expired', sign({ exp: nowSeconds - 1 }), /oidc: verify token: oidc: token is expired/],
  ['for somebody else', sign({ aud: 'x' }), /expected audience in \["kubectl" "web"\] got \["x"\]/],
  ['signed by somebody else', sign({}, other.privateKey), /failed to verify signature/],
  ['without a subject', sign({ sub: undefined }), /parse username claims "sub": claim not present/],
  ['with groups of numbers', sign({ roles: [1] }), /groups claim "roles" must be a text or a list/],
  ['with groups elsewhere', sign({ _claim_names: { roles: 'x' } }), /distributed claims are not/],
] as const) {
  test(`a token ${what} is refused`, async () => {
    await assert.rejects(ask(await token), (error) => {
      return error instanceof TokenError && message.test(error.message)
    })
  })
}

test('an issuer that cannot be asked', async () => {
  const down = async () => {
    throw new Error('connection refused')
  }
  const tokens = jwtTokens(plain, clock, down)
  await assert.rejects(async () => tokens(await sign(), []), {
    message: `oidc: authenticator for issuer "${url}" is not initialized: connection refused`,
  })
})

test('a verified token is not looked at again for some seconds', async () => {
  let asked = 0
  const own = new FakeClock()
  const tokens = jwtTokens(plain, own, async () => {
    asked += 1
    return keySet
  })
  const token = await sign()
  await tokens(token, [])
  assert.ok(!(tokens(token, []) instanceof Promise))
  assert.equal(asked, 1)
  await own.advance(10_001)
  await tokens(token, [])
  assert.equal(asked, 2)
})

test('expressions make users of claims, and judge both', () => {
  const userOf = userMapping({
    ...plain,
    username: { expression: "claims.email.split('@')[0] + ':' + claims.tenant" },
    groups: { expression: "claims.roles.map(r, 'r:' + r)" },
    uid: { claim: 'id', prefix: '' },
    extra: [
      { key: 'example.org/tenant', valueExpression: 'claims.tenant' },
      { key: 'example.org/none', valueExpression: "''" },
    ],
    claimValidationRules: [
      { claim: 'hd', requiredValue: 'example.org' },
      { expression: 'claims.exp - claims.nbf <= 86400', message: 'it lives too long' },
    ],
    userValidationRules: [
      { expression: "!user.username.startsWith('system:')", message: 'reserved' },
    ],
  })
  const claims = {
    email: 'jane@example.org',
    tenant: 'shop',
    roles: ['a', 'b'],
    id: '42',
    hd: 'example.org',
    nbf: 0,
    exp: 3600,
  }
  assert.deepEqual(userOf(claims), {
    name: 'jane:shop',
    groups: ['r:a', 'r:b'],
    uid: '42',
    extra: { 'example.org/tenant': ['shop'] },
  })
  assert.throws(() => userOf({ ...claims, hd: 'x' }), {
    message: 'oidc: required claim hd value does not match. Got = x, want = example.org',
  })
  assert.throws(() => userOf({ ...claims, exp: 99_999 }), /validation rules: it lives too long/)
  assert.throws(
    () =>
      userOf({ ...claims, email: 'system@x', tenant: 'y' }) &&
      userOf({ ...claims, email: 'system:x@y' }),
    /reserved/,
  )
  assert.throws(
    () => userMapping({ ...plain, username: { expression: 'claims.' } }),
    /compilation failed/,
  )
})

test('an address that is not verified is no name', () => {
  const userOf = userMapping({ ...plain, username: { claim: 'email', prefix: '' } })
  assert.equal(userOf({ email: 'j@x' }).name, 'j@x')
  assert.equal(userOf({ email: 'j@x', email_verified: true }).name, 'j@x')
  assert.throws(() => userOf({ email: 'j@x', email_verified: false }), {
    message: 'oidc: email not verified',
  })
})
