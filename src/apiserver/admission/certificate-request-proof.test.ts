import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { certificateSigningRequests } from '#resources/certificate-signing-request/certificate-signing-request.ts'
import { certificateRequestProof } from './certificate-request-proof.ts'

const keys = {
  EC: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  RSA: ['-newkey', 'rsa:2048'],
}
const failures = {
  EC: /spec\.request: Invalid value: .*: x509: ECDSA verification failure/,
  RSA: /spec\.request: Invalid value: .*: crypto\/rsa: verification error/,
}

function check(pem: string): void {
  const spec = { request: Buffer.from(pem).toString('base64') }
  void certificateRequestProof.validate?.({
    operation: 'CREATE',
    resource: certificateSigningRequests as never,
    subresource: '',
    namespace: '',
    name: 'x',
    user: { name: 'jane', groups: [] },
    object: { metadata: { name: 'x' }, spec } as never,
    prior: undefined,
    dryRun: false,
    warn() {},
  })
}

for (const name of ['EC', 'RSA'] as const) {
  test(`a request is signed by its own ${name} key`, { timeout: 10_000 }, () => {
    const args = ['req', '-new', '-nodes', '-keyout', '/dev/null', '-subj', '/CN=janet']
    const pem = execFileSync('openssl', [...args, ...keys[name]], {
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString()
    check(pem)
    const body = Buffer.from(pem.replaceAll(/-----.*-----/g, ''), 'base64')
    body.write('judas', body.indexOf('janet'))
    const label = 'CERTIFICATE REQUEST-----'
    const forged = `-----BEGIN ${label}\n${body.toString('base64')}\n-----END ${label}\n`
    assert.throws(() => check(forged), failures[name])
  })
}
