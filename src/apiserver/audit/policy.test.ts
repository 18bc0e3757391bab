import assert from 'node:assert/strict'
import test from 'node:test'
import { parseAuditPolicy } from './policy.ts'

const head = 'apiVersion: audit.k8s.io/v1\nkind: Policy\n'

test('a policy with all that one may say', () => {
  const policy = parseAuditPolicy(
    `${head}metadata: {name: all}
omitStages: [RequestReceived]
omitManagedFields: true
rules:
- level: RequestResponse
  users: [admin]
  userGroups: [system:masters]
  verbs: [get]
  resources: [{group: apps, resources: [deployments], resourceNames: [web]}]
  namespaces: [default]
  omitStages: [Panic]
  omitManagedFields: false
- level: None
  nonResourceURLs: [/healthz*, '*']
`,
    'file',
  )
  assert.equal(policy.rules.length, 2)
  assert.deepEqual(policy.omitStages, ['RequestReceived'])
  assert.equal(policy.omitManagedFields, true)
  assert.deepEqual(policy.rules[0], {
    level: 'RequestResponse',
    users: ['admin'],
    userGroups: ['system:masters'],
    verbs: ['get'],
    resources: [{ group: 'apps', resources: ['deployments'], resourceNames: ['web'] }],
    namespaces: ['default'],
    nonResourceURLs: [],
    omitStages: ['Panic'],
    omitManagedFields: false,
  })
})

const refused = [
  { text: 'kind: Pod', says: /file is no audit policy of audit\.k8s\.io\/v1/ },
  { text: head, says: /loaded illegal policy with 0 rules from file/ },
  {
    text: `${head}rules: [{level: Metadata, verb: [get]}]`,
    says: /unknown field "rules\[0\]\.verb"/,
  },
  { text: `${head}rules: [{level: 1}]`, says: /rules\[0\]\.level must be a string/ },
  { text: `${head}rules: [{level: All}]`, says: /rules\[0\]\.level: Unsupported value: "All"/ },
  { text: `${head}rules: [{}]`, says: /rules\[0\]\.level: Required value/ },
  {
    text: `${head}rules: [{level: None, nonResourceURLs: [healthz]}]`,
    says: /non-resource URL rules must begin with a '\/' character/,
  },
  {
    text: `${head}rules: [{level: None, nonResourceURLs: [/a*b]}]`,
    says: /wildcards '\*' must be the final character of the rule/,
  },
  {
    text: `${head}rules: [{level: None, namespaces: [a], nonResourceURLs: [/a]}]`,
    says: /rules cannot apply to both regular resources and non-resource URLs/,
  },
  {
    text: `${head}rules: [{level: None, resources: [{group: '', resourceNames: [a]}]}]`,
    says: /using resourceNames requires at least one resource/,
  },
  {
    text: `${head}rules: [{level: None, resources: [{group: A_b}]}]`,
    says: /resources\[0\]\.group/,
  },
  {
    text: `${head}omitStages: [Begun]\nrules: [{level: None}]`,
    says: /allowed stages are Request/,
  },
]

for (const { text, says } of refused) {
  test(`refused: ${JSON.stringify(text.replace(head, ''))}`, () => {
    assert.throws(() => parseAuditPolicy(text, 'file'), { name: 'UserError', message: says })
  })
}
