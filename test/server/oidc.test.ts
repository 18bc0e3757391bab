/** A token of an OpenID Connect provider on loopback, to the real kubectl's server. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { jwtTokens } from '#apiserver/authentication/oidc/jwt-tokens.ts'
import { systemClock } from '#base/system-clock.ts'
import { createAuthority, issueCertificate } from '#bootstrap/pki/certificate.ts'
import { startHarness } from './harness.ts'

async function startProvider() {
  const nowMs = Date.now()
  const ca = await createAuthority({ commonName: 'ca', days: 1, nowMs })
  const { certificate: cert, key } = await issueCertificate(ca, {
    commonName: 'issuer',
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
    days: 1,
    nowMs,
  })
  const pair = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }
  let url = ''
  const server = createServer({ cert, key }, ({ url: path }, response) => {
    const isDiscovery = path === '/.well-known/openid-configuration'
    response.end(
      JSON.stringify(isDiscovery ? { issuer: url, jwks_uri: `${url}/keys` } : { keys: [jwk] }),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const sign = (claims: object) =>
    new SignJWT({ iss: url, aud: 'kubectl', exp: Date.now() / 1000 + 3600, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'k1' })
      .sign(pair.privateKey)
  return {
    url,
    ca: ca.certificate,
    sign,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}

test(
  'a user of another issuer is known by the claims of the token',
  { timeout: 60_000 },
  async () => {
    await using provider = await startProvider()
    await using harness = await startHarness({
      more: () => ({
        authentication: {
          otherTokens: [
            jwtTokens(
              {
                url: provider.url,
                certificateAuthority: provider.ca,
                audiences: ['kubectl'],
                username: { claim: 'sub', prefix: 'oidc:' },
                groups: { claim: 'groups', prefix: 'oidc:' },
                claimValidationRules: [],
                userValidationRules: [],
                extra: [],
              },
              systemClock,
            ),
          ],
        },
      }),
    })
    const token = await provider.sign({ sub: 'jane', groups: ['dev'] })
    const jane = await harness.kubeconfig('jane', { token })
    const whoami = await harness.run(jane, ['auth', 'whoami', '-o', 'json'])
    const { userInfo } = JSON.parse(whoami.stdout).status
    assert.equal(userInfo.username, 'oidc:jane')
    assert.deepEqual(userInfo.groups, ['oidc:dev', 'system:authenticated'])
    const wrong = await provider.sign({ sub: 'jane', aud: 'other' })
    const refused = await harness.run(await harness.kubeconfig('wrong', { token: wrong }), [
      'get',
      'ns',
    ])
    assert.match(refused.stderr, /You must be logged in to the server/)
  },
)
