import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate, createPublicKey } from 'node:crypto'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createAuthority, issueCertificate } from './certificate.ts'
import type { KeyAlgorithm } from './certificate.ts'
import { createClusterPki, ensureClusterPki } from './cluster-pki.ts'
import type { ClusterPkiOptions } from './cluster-pki.ts'
import { writeKeyPair } from './files.ts'
import { ipBytes } from './ip-bytes.ts'
import { renewalReason, validityOf } from './renewal.ts'

const nowMs = Date.UTC(2026, 10, 22)
const dayMs = 86_400_000

function cluster(overrides: Partial<ClusterPkiOptions> = {}): ClusterPkiOptions {
  return {
    nowMs,
    nodeName: 'node-1',
    nodeAddresses: ['192.0.2.7'],
    apiserverNames: ['localhost', '127.0.0.1', '::1'],
    serviceAddress: '10.96.0.1',
    ...overrides,
  }
}

async function folder(t: { after(fn: () => Promise<void>): void }): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'pki-'))
  t.after(() => rm(path, { recursive: true }))
  return path
}

for (const algorithm of ['ECDSA-P256', 'RSA-2048'] as KeyAlgorithm[]) {
  test(`openssl accepts what a ${algorithm} authority issues`, { timeout: 20_000 }, async (t) => {
    const path = await folder(t)
    const now = Date.now()
    const ca = await createAuthority({ commonName: 'kubernetes', days: 10, nowMs: now, algorithm })
    const leaf = await issueCertificate(ca, {
      commonName: 'kübe',
      organizations: ['system:nodes', 'a'],
      dnsNames: ['localhost', '*.example.com'],
      ipAddresses: ['10.96.0.1', '2001:db8::1'],
      usage: 'both',
      days: 1,
      nowMs: now,
      algorithm,
    })
    await writeKeyPair(path, 'ca', ca)
    await writeKeyPair(path, 'leaf', leaf)
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: path }).toString()
    assert.equal(
      openssl('verify', '-x509_strict', '-CAfile', 'ca.crt', 'leaf.crt'),
      'leaf.crt: OK\n',
    )
    const text = openssl('x509', '-in', 'leaf.crt', '-noout', '-text', '-nameopt', 'utf8')
    assert.match(
      text,
      /DNS:localhost, DNS:\*\.example\.com, IP Address:10\.96\.0\.1, IP Address:2001:DB8:/,
    )
    assert.match(text, /TLS Web Server Authentication, TLS Web Client Authentication/)
    assert.match(
      text,
      /Subject: O=a, O=system:nodes, CN=kübe|Subject: O=a \+ O=system:nodes, CN=kübe/,
    )
    assert.equal(text.includes('Key Encipherment'), algorithm === 'RSA-2048')
    assert.match(openssl('pkey', '-in', 'leaf.key', '-check', '-noout'), /Key is valid/)
  })
}

test(
  'a cluster gets every identity, and a second start keeps them',
  { timeout: 20_000 },
  async (t) => {
    const path = await folder(t)
    const first = await ensureClusterPki(path, cluster())
    assert.equal(
      new X509Certificate(first.kubeletClient.certificate).subject,
      'O=system:nodes\nCN=system:node:node-1',
    )
    assert.equal(
      new X509Certificate(first.admin.certificate).subject,
      'O=system:masters\nCN=kubernetes-admin',
    )
    assert.ok(
      new X509Certificate(first.apiserver.certificate).checkHost(
        'kubernetes.default.svc.cluster.local',
      ),
    )
    assert.ok(
      createPublicKey(first.serviceAccount.key).equals(
        createPublicKey(first.serviceAccount.publicKey),
      ),
    )
    assert.deepEqual(await ensureClusterPki(path, cluster({ nowMs: nowMs + 100 * dayMs })), first)
    for (const file of await readdir(path)) {
      const mode = (await stat(join(path, file))).mode & 0o777
      assert.equal(mode, file.endsWith('.crt') ? 0o644 : 0o600, file)
    }
  },
)

test(
  'a second start renews what is due or lacks a name, and only that',
  { timeout: 20_000 },
  async (t) => {
    const path = await folder(t)
    const first = await ensureClusterPki(path, cluster())
    const renamed = await ensureClusterPki(path, cluster({ apiserverNames: ['198.51.100.9'] }))
    assert.notEqual(renamed.apiserver.certificate, first.apiserver.certificate)
    assert.deepEqual({ ...renamed, apiserver: first.apiserver }, first)
    const later = await ensureClusterPki(path, cluster({ nowMs: nowMs + 300 * dayMs }))
    assert.notEqual(later.admin.certificate, first.admin.certificate)
    assert.deepEqual(later.ca, first.ca)
  },
)

test('a certificate never outlives its authority', async () => {
  const ca = await createAuthority({ commonName: 'ca', days: 2, nowMs })
  const leaf = await issueCertificate(ca, { commonName: 'x', usage: 'client', days: 9, nowMs })
  assert.equal(validityOf(leaf.certificate).notAfterMs, nowMs + 2 * dayMs)
})

test('reasons to renew', async () => {
  const { ca, frontProxyCa, apiserver } = await createClusterPki(cluster())
  const query = { nowMs, authority: ca.certificate }
  const reason = (more: object) => renewalReason(apiserver.certificate, { ...query, ...more })
  assert.equal(reason({}), undefined)
  assert.equal(
    reason({ authority: frontProxyCa.certificate }),
    'it was signed by another authority',
  )
  assert.match(reason({ nowMs: nowMs + 256 * dayMs }) ?? '', /^it expires at 2027-11-22T/)
  assert.equal(reason({ dnsNames: ['other'] }), 'it is not valid for other')
  assert.equal(reason({ ipAddresses: ['10.96.0.2'] }), 'it is not valid for 10.96.0.2')
})

for (const [address, bytes] of [
  ['10.0.0.255', '0a0000ff'],
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['fe80::1:2', 'fe800000000000000000000000010002'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['::ffff:10.0.0.1', '00000000000000000000ffff0a000001'],
] as const) {
  test(`${address} has the bytes ${bytes}`, () => {
    assert.equal(Buffer.from(ipBytes(address)).toString('hex'), bytes)
  })
}

test('a host name is not an address', () => {
  assert.throws(() => ipBytes('localhost'), /not an IP address: localhost/)
})
