import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { certificateExpiryMs } from './certificate.ts'

const args = 'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null'

// After 2049 times are written in another form.
for (const days of ['10', '12000']) {
  test(`the end of a certificate for ${days} days`, { timeout: 10_000 }, () => {
    const pem = execFileSync('openssl', [...args.split(' '), '-subj', '/CN=x', '-days', days], {
      stdio: ['ignore', 'pipe', 'ignore'],
    }).toString()
    assert.equal(certificateExpiryMs(pem), new X509Certificate(pem).validToDate.getTime())
  })
}

test('a text without a certificate has no end', () => {
  assert.ok(Number.isNaN(certificateExpiryMs('none')))
})
