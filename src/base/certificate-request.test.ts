import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { parseCertificateRequest } from './certificate-request.ts'

function request(...args: string[]): string {
  const fixed = ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  return execFileSync('openssl', [...fixed, '-keyout', '/dev/null', ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString()
}

test('reads subject and alternative names of an openssl request', { timeout: 10_000 }, () => {
  const names = 'DNS:a.example,DNS:b,IP:10.0.0.1,IP:2001:db8::1,email:a@b.c,URI:spiffe://x/y'
  const read = parseCertificateRequest(
    request(
      '-subj',
      '/O=system:nodes/O=more/CN=system:node:n1',
      '-addext',
      `subjectAltName=${names}`,
    ),
  )
  assert.equal(read.commonName, 'system:node:n1')
  assert.deepEqual(read.organizations, ['system:nodes', 'more'])
  assert.deepEqual(read.dnsNames, ['a.example', 'b'])
  assert.deepEqual(read.ipAddresses, ['10.0.0.1', '2001:db8:0:0:0:0:0:1'])
  assert.deepEqual(read.emailAddresses, ['a@b.c'])
  assert.deepEqual(read.uris, ['spiffe://x/y'])
})

test('a request without names or extensions', { timeout: 10_000 }, () => {
  const read = parseCertificateRequest(request('-subj', '/CN=jane'))
  assert.equal(read.commonName, 'jane')
  assert.deepEqual([read.organizations, read.dnsNames, read.uris], [[], [], []])
})

for (const [what, pem, error] of [
  [
    'a certificate',
    '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----',
    /PEM block type/,
  ],
  ['noise', '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----', /asn1/],
] as const) {
  test(`${what} is refused`, () => {
    assert.throws(() => parseCertificateRequest(pem), error)
  })
}
