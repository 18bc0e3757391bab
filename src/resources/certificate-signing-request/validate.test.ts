import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import type {
  CertificateSigningRequest,
  CertificateSigningRequestCondition,
} from '#api/certificates/v1.gen.ts'
import { message } from '#api/meta/field-error.ts'
import { certificateSigningRequests as row } from './certificate-signing-request.ts'
import { validateApproval, validateRequest, validateStatus } from './validate.ts'

type Request = CertificateSigningRequest

const pem = execFileSync(
  'openssl',
  'req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout /dev/null -subj /CN=x'.split(
    ' ',
  ),
  { stdio: ['ignore', 'pipe', 'ignore'] },
)

const good: Request['spec'] = {
  request: pem.toString('base64'),
  signerName: 'example.com/signer',
  usages: ['client auth'],
}

function made(spec: Partial<Request['spec']>, status?: Request['status']): Request {
  return {
    metadata: { name: 'x', uid: 'u', creationTimestamp: '', resourceVersion: '1' },
    spec: { ...good, ...spec },
    ...(status !== undefined && { status }),
  }
}

const legacy = 'kubernetes.io/legacy-unknown'
const specs: readonly (readonly [Partial<Request['spec']>, readonly string[]])[] = [
  [{}, []],
  [{ usages: [] }, ['spec.usages: Required value: usages must be provided']],
  [{ usages: ['client auth', 'client auth'] }, ['spec.usages[1]: Duplicate value: "client auth"']],
  [
    { signerName: legacy },
    [
      `spec.signerName: Invalid value: "${legacy}": the legacy signerName is not allowed via this API version`,
    ],
  ],
  [
    { expirationSeconds: 599 },
    [
      'spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)',
    ],
  ],
  [
    { request: btoa('x') },
    ['spec.request: Invalid value: "eA==": PEM block type must be CERTIFICATE REQUEST'],
  ],
]

for (const [spec, errors] of specs) {
  test(`a spec with ${JSON.stringify(spec)}`, () => {
    assert.deepEqual(validateRequest(made(spec)).map(message), errors)
  })
}

test('an unknown usage is told with those that there are', () => {
  const [error] = validateRequest(made({ usages: ['x'] })).map(message)
  assert.match(
    error ?? '',
    /^spec\.usages\[0\]: Unsupported value: "x": supported values: "any", "cert sign"/,
  )
})

const condition = (type: string, status = 'True'): CertificateSigningRequestCondition => ({
  type,
  status,
})
const withConditions = (...conditions: CertificateSigningRequestCondition[]): Request =>
  made({}, { conditions })

test('a decision is for approvers only, and is final', () => {
  const prior = withConditions()
  const next = withConditions(condition('Approved'))
  assert.deepEqual(validateApproval(next, prior), [])
  assert.deepEqual(validateStatus(next, prior).map(message), [
    'status.conditions: Forbidden: updates may not add a condition of type "Approved"',
  ])
  assert.deepEqual(validateApproval(prior, next).map(message), [
    'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
  ])
  const both = withConditions(condition('Approved'), condition('Denied', 'False'))
  assert.deepEqual(validateApproval(both, next).map(message), [
    'status.conditions[1].status: Unsupported value: "False": supported values: "True"',
    'status.conditions[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
  ])
})

test('a certificate is set once, by the signer, and is one', () => {
  const certificate = btoa('-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n')
  const key = btoa('-----BEGIN KEY-----\nMAA=\n-----END KEY-----\n')
  const [none, one] = [made({}, {}), made({}, { certificate })]
  assert.deepEqual(validateStatus(one, none), [])
  assert.deepEqual(validateApproval(one, none).map(message), [
    'status.certificate: Forbidden: updates may not set certificate content',
  ])
  assert.deepEqual(validateStatus(made({}, { certificate: btoa('x') }), none).map(message), [
    'status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block',
  ])
  const changed = validateStatus(made({}, { certificate: key }), one).map(message)
  assert.match(changed[0] ?? '', /only CERTIFICATE PEM blocks are allowed, found "KEY"/)
  assert.match(changed[1] ?? '', /updates may not modify existing certificate content/)
})

test('a creator cannot say who he is, nor approve himself', () => {
  const user = { name: 'jane', groups: ['dev'], extra: { scopes: ['a'] } }
  const request = made(
    { username: 'root', groups: ['system:masters'], uid: '0' },
    {
      conditions: [condition('Approved')],
    },
  )
  row.prepareForCreate?.(request, { nowMs: 0, user, dryRun: false })
  const { username, groups, uid, extra } = request.spec
  assert.deepEqual([username, groups, uid, extra], ['jane', ['dev'], undefined, { scopes: ['a'] }])
  assert.deepEqual(request.status, {})
})

test('conditions are stamped; what was decided stays as it was', () => {
  const prior = withConditions({ ...condition('Approved'), message: 'yes' })
  const next = withConditions(condition('Approved'), condition('Failed'))
  row.prepareForStatusUpdate?.(next, prior, {
    nowMs: Date.UTC(2026, 0, 1),
    user: { name: 'signer', groups: [] },
    dryRun: false,
  })
  const time = '2026-01-01T00:00:00Z'
  const stamps = { lastUpdateTime: time, lastTransitionTime: time }
  assert.deepEqual(next.status?.conditions, [
    { ...condition('Approved'), message: 'yes', ...stamps },
    { ...condition('Failed'), ...stamps },
  ])
})
