import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CertificateSigningRequest } from '#api/certificates/v1.gen.ts'
import type { CertificateRequest } from '#base/certificate-request.ts'
import { dueAt } from './cleaner.ts'
import { judges, signerNames } from './signers.ts'
import { lifetime } from './signing.ts'

const nothing = new Uint8Array()
const node: CertificateRequest = {
  commonName: 'system:node:n1',
  organizations: ['system:nodes'],
  subject: nothing,
  dnsNames: [],
  ipAddresses: [],
  emailAddresses: [],
  uris: [],
  publicKey: nothing,
  signed: nothing,
  signatureAlgorithm: '',
  signature: nothing,
}
const serving = ['digital signature', 'key encipherment', 'server auth']
const client = ['client auth', 'digital signature']
const { kubeletServing, kubeletClient, client: apiClient, legacyUnknown } = signerNames

type Case = readonly [
  signer: string,
  changes: Partial<CertificateRequest>,
  usages: readonly string[],
  objection: string | undefined,
]

const cases: readonly Case[] = [
  [kubeletServing, { dnsNames: ['n1'] }, serving, undefined],
  [kubeletServing, { ipAddresses: ['10.0.0.1'] }, serving.toSpliced(1, 1), undefined],
  [kubeletServing, {}, serving, 'DNS or IP subjectAltName is required'],
  [
    kubeletServing,
    { dnsNames: ['n'], uris: ['a:b'] },
    serving,
    'URI subjectAltNames are not allowed',
  ],
  [
    kubeletServing,
    { dnsNames: ['n'], emailAddresses: ['a@b'] },
    serving,
    'Email subjectAltNames are not allowed',
  ],
  [
    kubeletServing,
    { dnsNames: ['n'], organizations: ['system:nodes', 'x'] },
    serving,
    'subject organization is not system:nodes',
  ],
  [
    kubeletServing,
    { dnsNames: ['n'] },
    client,
    'usages did not match [digital signature key encipherment server auth]',
  ],
  [
    kubeletServing,
    { dnsNames: ['n'], commonName: 'n1' },
    serving,
    'subject common name does not begin with system:node:',
  ],
  [kubeletClient, {}, client, undefined],
  [kubeletClient, {}, [...client, 'key encipherment'], undefined],
  [kubeletClient, { dnsNames: ['n'] }, client, 'DNS subjectAltNames are not allowed'],
  [kubeletClient, { ipAddresses: ['::1'] }, client, 'IP subjectAltNames are not allowed'],
  [
    kubeletClient,
    {},
    [...client, 'server auth'],
    'usages did not match [client auth digital signature key encipherment]',
  ],
  [apiClient, { commonName: 'jane', organizations: [] }, ['client auth'], undefined],
  [apiClient, {}, ['any', 'client auth'], 'invalid usage for client certificate: any'],
  [
    apiClient,
    {},
    ['digital signature'],
    'missing required usage for client certificate: client auth',
  ],
  [legacyUnknown, { uris: ['x:y'] }, ['any'], undefined],
]

for (const [signer, changes, usages, objection] of cases) {
  test(`${signer} of ${JSON.stringify(changes)} for ${usages.join()}: ${objection}`, () => {
    assert.equal(judges[signer]?.({ ...node, ...changes }, usages), objection)
  })
}

const hourMs = 3_600_000

for (const [asked, want] of [
  [undefined, 24 * hourMs],
  [7200, 2 * hourMs],
  [60, 600_000],
  [1e9, 24 * hourMs],
] as const) {
  test(`of ${asked} s asked for, ${want} ms are given`, () => {
    assert.equal(lifetime(asked, 24 * hourMs), want)
  })
}

const start = '2026-01-01T00:00:00Z'
const startMs = Date.parse(start)

function request(type?: string, certificate?: string): CertificateSigningRequest {
  return {
    metadata: { name: 'x', uid: 'u', creationTimestamp: start, resourceVersion: '1' },
    spec: { request: '', signerName: '' },
    status: {
      ...(type !== undefined && {
        conditions: [{ type, status: 'True', lastUpdateTime: start }],
      }),
      ...(certificate !== undefined && { certificate }),
    },
  }
}

for (const [what, of, hours] of [
  ['nobody decided about', request(), 24],
  ['was denied', request('Denied'), 1],
  ['failed', request('Failed'), 1],
  ['was approved and not signed', request('Approved'), 24],
  ['was signed', request('Approved', 'eA=='), 1],
] as const) {
  test(`what ${what} goes after ${hours} h`, () => {
    assert.equal(dueAt(of), startMs + hours * hourMs)
  })
}
