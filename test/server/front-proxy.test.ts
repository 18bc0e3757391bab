/** Who may speak for others, over real TLS. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { issueCertificate } from '#bootstrap/pki/certificate.ts'
import { usualHeaders } from '#apiserver/authentication/request-header.ts'
import { parseTokenFile } from '#apiserver/authentication/token-file.ts'
import { startTestApiServer } from '#testing/api-server.ts'
import { http1Client, http2Client } from '#testing/raw-http.ts'
import type { Identity, RawResponse } from '#testing/raw-http.ts'

const limit = { timeout: 30_000 }
const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews'
const forJane = { 'x-remote-user': 'jane', 'x-remote-group': 'dev', 'x-remote-extra-a': 'b' }

async function start() {
  const api = await startTestApiServer({
    more: (pki) => ({
      authentication: {
        staticTokens: parseTokenFile('tokens.csv', 'sesame,ali,40,thieves'),
        anonymous: { enabled: true, paths: ['/livez'] },
        requestHeader: {
          ...usualHeaders,
          clientCa: pki.frontProxyCa.certificate,
          allowedNames: ['front-proxy-client'],
        },
      },
    }),
  })
  const { pki, server } = api
  const other = await issueCertificate(pki.frontProxyCa, {
    commonName: 'other',
    usage: 'client',
    days: 1,
    nowMs: Date.now(),
  })
  const identities = { proxy: pki.frontProxyClient, other, admin: pki.admin }
  const ask = async (
    identity: Identity | undefined,
    headers: Record<string, string>,
    make: typeof http1Client = http2Client,
  ): Promise<unknown> => {
    const target = { port: server.port, ca: pki.ca.certificate, ...(identity && { identity }) }
    using client = make(target)
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
    return summary(await client.send({ method: 'POST', path, headers, body }))
  }
  return { ...api, ...identities, ask }
}

function summary({ status, body }: RawResponse): unknown {
  const answer = JSON.parse(body.toString())
  if (status !== 201) return `${status} ${answer.reason}`
  const { username, groups, extra } = answer.status.userInfo
  return { username, groups, ...(extra?.a && { a: extra.a }) }
}

test('the front proxy speaks for others, others with their own voice', limit, async () => {
  await using api = await start()
  const { ask, proxy, other, admin } = api
  const jane = { username: 'jane', groups: ['dev', 'system:authenticated'], a: ['b'] }
  assert.deepEqual(await ask(proxy, forJane), jane)
  assert.deepEqual(await ask(proxy, forJane, http1Client), jane)
  assert.equal(await ask(proxy, {}), '401 Unauthorized')
  assert.equal(await ask(other, forJane), '401 Unauthorized')
  assert.equal(await ask(undefined, forJane), '401 Unauthorized')
  assert.deepEqual(await ask(admin, forJane), {
    username: 'kubernetes-admin',
    groups: ['system:masters', 'system:authenticated'],
  })
})

test('a connection of the proxy carries many users', limit, async () => {
  await using api = await start()
  using client = http2Client({
    port: api.server.port,
    ca: api.pki.ca.certificate,
    identity: api.proxy,
  })
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }
  for (const name of ['a', 'b']) {
    const headers = { 'x-remote-user': name }
    const answer = await client.send({ method: 'POST', path, headers, body })
    assert.equal(JSON.parse(answer.body.toString()).status.userInfo.username, name)
  }
})

test('a token of the file lets in, and anonymous only where it is open', limit, async () => {
  await using api = await start()
  const authorization = 'Bearer sesame'
  assert.deepEqual(await api.ask(undefined, { authorization }), {
    username: 'ali',
    groups: ['thieves', 'system:authenticated'],
  })
  assert.equal(await api.ask(undefined, { authorization: 'Bearer wrong' }), '401 Unauthorized')
  using client = http1Client({ port: api.server.port, ca: api.pki.ca.certificate })
  assert.equal((await client.send({ path: '/livez' })).status, 200)
  assert.equal((await client.send({ path: '/readyz' })).status, 401)
})
