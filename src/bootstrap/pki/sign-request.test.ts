import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { createAuthority } from './certificate.ts'
import { signRequest } from './sign-request.ts'

const nowMs = Date.UTC(2026, 10, 22)
const lifetimeMs = 86_400_000

function request(...key: string[]): string {
  const args = ['req', '-new', '-nodes', '-keyout', '/dev/null', '-subj', '/O=system:nodes/CN=n']
  const names = ['-addext', 'subjectAltName=DNS:n,IP:2001:db8::1']
  return execFileSync('openssl', [...args, ...names, ...key], {
    stdio: ['ignore', 'pipe', 'ignore'],
  }).toString()
}

for (const [name, key] of [
  ['P-256', ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256']],
  ['RSA', ['-newkey', 'rsa:2048', '-sha512']],
  ['Ed25519', ['-newkey', 'ed25519']],
] as const) {
  test(`a request with a key of type ${name} is signed`, { timeout: 10_000 }, async () => {
    const ca = await createAuthority({ commonName: 'ca', days: 9, nowMs })
    const options = { usages: ['client auth', 'digital signature'], nowMs, lifetimeMs }
    const signed = new X509Certificate(signRequest(ca, request(...key), options))
    assert.ok(signed.verify(new X509Certificate(ca.certificate).publicKey))
    assert.match(signed.subject, /O=system:nodes\nCN=n/)
    assert.equal(signed.subjectAltName, 'DNS:n, IP Address:2001:DB8:0:0:0:0:0:1')
  })
}

test('a request that was tampered with is refused', { timeout: 10_000 }, async () => {
  const ca = await createAuthority({ commonName: 'ca', days: 9, nowMs })
  const pem = request('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256')
  const body = Buffer.from(pem.replaceAll(/-----.*-----/g, ''), 'base64')
  body.write('system:masts', body.indexOf('system:nodes'))
  const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${body.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`
  const sign = () => signRequest(ca, forged, { usages: ['client auth'], nowMs, lifetimeMs })
  assert.throws(sign, /signature of the certificate request is not valid/)
})

const p256 = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] as const

function openssl(certificate: string): string {
  const args = ['x509', '-noout', '-text']
  return execFileSync('openssl', args, { input: certificate }).toString()
}

test('the certificate is for what was asked, and lives as long', { timeout: 10_000 }, async () => {
  const ca = await createAuthority({ commonName: 'ca', days: 9, nowMs })
  const usages = ['decipher only', 'key agreement', 'netscape sgc', 'server auth', 's/mime']
  const signed = signRequest(ca, request(...p256), { usages, nowMs, lifetimeMs })
  assert.match(openssl(signed), /Key Agreement, Decipher Only/)
  assert.match(openssl(signed), /TLS Web Server Authentication, E-mail Protection, Netscape/)
  const { validFromDate, validToDate } = new X509Certificate(signed)
  assert.equal(validFromDate.getTime(), nowMs - 300_000)
  assert.equal(validToDate.getTime(), nowMs + lifetimeMs - 300_000)
})

test('a short life is not shortened by the backdating', { timeout: 10_000 }, async () => {
  const ca = await createAuthority({ commonName: 'ca', days: 9, nowMs })
  const options = { usages: ['any'], nowMs, lifetimeMs: 600_000 }
  const signed = new X509Certificate(signRequest(ca, request(...p256), options))
  assert.equal(signed.validToDate.getTime(), nowMs + 600_000)
})

test('a usage that nobody knows is refused', { timeout: 10_000 }, async () => {
  const ca = await createAuthority({ commonName: 'ca', days: 9, nowMs })
  const sign = () => signRequest(ca, request(...p256), { usages: ['x'], nowMs, lifetimeMs })
  assert.throws(sign, /unrecognized usage values: \["x"\]/)
})
