/** Where the reviews of a webhook authorizer go, over real TLS. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { postTo } from '#apiserver/webhook-client/connection.ts'
import { createAuthority, issueCertificate } from '#bootstrap/pki/certificate.ts'

const timeout = 20_000

test('reviews go to the server of a kubeconfig, with its credentials', { timeout }, async (t) => {
  const nowMs = Date.now()
  const ca = await createAuthority({ commonName: 'ca', days: 1, nowMs })
  const { certificate: cert, key } = await issueCertificate(ca, {
    commonName: 'authz',
    ipAddresses: ['127.0.0.1'],
    usage: 'server',
    days: 1,
    nowMs,
  })
  const server = createServer({ cert, key }, async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
    const asked = `${request.url} ${request.headers.authorization}`
    const { kind } = JSON.parse(Buffer.concat(chunks).toString())
    response.statusCode = request.url === '/down' ? 500 : 200
    response.end(JSON.stringify({ status: { allowed: true, reason: `${asked} ${kind}` } }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const base = `https://127.0.0.1:${port}`
  const post = postTo({ server: `${base}/ask?x=1`, ca: ca.certificate, token: 't' }, 5_000)
  assert.deepEqual(await post({ kind: 'SubjectAccessReview' }), {
    status: { allowed: true, reason: '/ask?x=1 Bearer t SubjectAccessReview' },
  })
  const down = postTo({ server: `${base}/down`, ca: ca.certificate }, 5_000)
  await assert.rejects(down({ kind: 'x' }), {
    message: /^an error on the server \(".*"\) has prevented the request from succeeding$/,
  })
  const untrusted = postTo({ server: base }, 5_000)
  await assert.rejects(untrusted({ kind: 'x' }), /x509: certificate signed by unknown authority/)
})
