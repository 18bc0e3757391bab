import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate } from '#api/meta/field-error.ts'
import { authorizersErrors } from './authorizer-errors.ts'
import type { AuthorizerEntry, WebhookEntry } from './authorizer-errors.ts'

const file = import.meta.filename
const right = {
  timeout: '3s',
  subjectAccessReviewVersion: 'v1',
  matchConditionSubjectAccessReviewVersion: 'v1',
  failurePolicy: 'Deny',
  connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: file },
  matchConditions: [{ expression: "request.user != 'root'" }],
} satisfies WebhookEntry

const rbac = { type: 'RBAC', name: 'rbac' }
const webhook = (changes: WebhookEntry = {}): AuthorizerEntry[] => [
  { type: 'Webhook', name: 'w', webhook: { ...right, ...changes } },
]
const kubeconfig = (kubeConfigFile: string) =>
  webhook({ connectionInfo: { type: 'KubeConfigFile', kubeConfigFile } })
const conditions = (...expressions: string[]) =>
  webhook({ matchConditions: expressions.map((expression) => ({ expression })) })

test('nothing is wrong with several webhooks among other modes', () => {
  const [first] = webhook()
  const [second] = webhook({ authorizedTTL: '0s' })
  const entries = [rbac, { ...first }, { ...second, name: 'other' }, { type: 'Node', name: 'n' }]
  assert.deepEqual(authorizersErrors(entries), [])
})

for (const [entries, message] of [
  [[], 'authorizers: Required value: at least one authorization mode must be defined'],
  [[{ name: 'x' }], 'authorizers[0].type: Required value'],
  [[rbac, { ...rbac, name: 'b' }], 'authorizers[1].type: Duplicate value: "RBAC"'],
  [[rbac, { type: 'Node', name: 'rbac' }], 'authorizers[1].name: Duplicate value: "rbac"'],
  [[{ type: 'RBAC' }], 'authorizers[0].name: Required value'],
  [
    [{ type: 'Webhook', name: 'w' }],
    'authorizers[0].webhook: Required value: required when type=Webhook',
  ],
  [
    [{ ...rbac, webhook: {} }],
    'authorizers[0].webhook: Invalid value: "non-null": may only be specified when type=Webhook',
  ],
  [webhook({ timeout: '0s' }), 'authorizers[0].timeout: Required value'],
  [
    webhook({ timeout: '-1s' }),
    'authorizers[0].timeout: Invalid value: "-1s": must be > 0s and <= 30s',
  ],
  [
    webhook({ timeout: 'soon' }),
    'authorizers[0].timeout: Invalid value: "soon": time: invalid duration "soon"',
  ],
  [
    webhook({ authorizedTTL: '-1s' }),
    'authorizers[0].authorizedTTL: Invalid value: "-1s": must be > 0s',
  ],
  [
    webhook({ subjectAccessReviewVersion: 'v2' }),
    'authorizers[0].subjectAccessReviewVersion: Unsupported value: "v2": supported values: "v1", "v1beta1"',
  ],
  [
    webhook({ matchConditionSubjectAccessReviewVersion: '' }),
    'authorizers[0].matchConditionSubjectAccessReviewVersion: Required value: required if match conditions are specified',
  ],
  [
    webhook({ failurePolicy: 'Maybe' }),
    'authorizers[0].failurePolicy: Unsupported value: "Maybe": supported values: "NoOpinion", "Deny"',
  ],
  [webhook({ connectionInfo: {} }), 'authorizers[0].connectionInfo.type: Required value'],
  [
    webhook({ connectionInfo: { type: 'InClusterConfig' } }),
    'authorizers[0].connectionInfo.type: Unsupported value: "InClusterConfig": supported values: "KubeConfigFile"',
  ],
  [kubeconfig(''), 'authorizers[0].connectionInfo.kubeConfigFile: Required value'],
  [
    kubeconfig('a.conf'),
    'authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "a.conf": must be an absolute path',
  ],
  [
    kubeconfig('/'),
    'authorizers[0].connectionInfo.kubeConfigFile: Invalid value: "/": must be a regular file',
  ],
  [
    conditions(...Array.from({ length: 65 }, (_, at) => `request.user == '${at}'`)),
    'authorizers[0].matchConditions: Too many: 65: must have at most 64 items',
  ],
  [conditions(' '), 'authorizers[0].matchConditions[0].expression: Required value'],
  [
    conditions('true', 'true'),
    'authorizers[0].matchConditions[1].expression: Duplicate value: "true"',
  ],
  [
    conditions('request.user'),
    'authorizers[0].matchConditions[0].expression: Invalid value: "request.user": must evaluate to bool',
  ],
] as const) {
  test(`wrong: ${message}`, () => {
    assert.equal(aggregate(authorizersErrors(entries)), message)
  })
}

test('names that are none, files that are not there, expressions that do not compile', () => {
  for (const [entries, pattern] of [
    [[{ type: 'RBAC', name: 'A' }], /\.name: Invalid value: "A": authorizer name is invalid: a /],
    [kubeconfig('/none'), /\.kubeConfigFile: Invalid value: "\/none": error loading file: /],
    [conditions('1 +'), /\[0\]\.expression: Invalid value: "1 \+": compilation failed: /],
  ] as const) {
    assert.match(aggregate(authorizersErrors(entries)), pattern)
  }
})
