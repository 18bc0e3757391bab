import assert from 'node:assert/strict'
import test from 'node:test'
import { parseTarget } from '#apiserver/http/target.ts'
import { compilePolicy } from './evaluate.ts'
import { parseAuditPolicy } from './policy.ts'

const user = { name: 'jane', groups: ['developers', 'system:authenticated'] }
const pods = '/api/v1/namespaces/default/pods'

const cases = [
  { rule: '{}', request: `GET ${pods}`, matches: true },
  { rule: '{users: [jane]}', request: `GET ${pods}`, matches: true },
  { rule: '{users: [joe]}', request: `GET ${pods}`, matches: false },
  { rule: '{userGroups: [developers]}', request: `GET ${pods}`, matches: true },
  { rule: '{userGroups: [system:masters]}', request: `GET ${pods}`, matches: false },
  { rule: '{verbs: [list, watch]}', request: `GET ${pods}`, matches: true },
  { rule: '{verbs: [get]}', request: `GET ${pods}`, matches: false },
  { rule: '{namespaces: [default]}', request: `GET ${pods}`, matches: true },
  { rule: '{namespaces: [""]}', request: 'GET /api/v1/nodes', matches: true },
  { rule: '{namespaces: [default]}', request: 'GET /healthz', matches: false },
  { rule: '{resources: [{group: ""}]}', request: `GET ${pods}`, matches: true },
  { rule: '{resources: [{group: apps}]}', request: `GET ${pods}`, matches: false },
  { rule: '{resources: [{resources: [pods]}]}', request: `GET ${pods}/a`, matches: true },
  { rule: '{resources: [{resources: [pods]}]}', request: `GET ${pods}/a/log`, matches: false },
  { rule: '{resources: [{resources: [pods/log]}]}', request: `GET ${pods}/a/log`, matches: true },
  { rule: '{resources: [{resources: [pods/*]}]}', request: `GET ${pods}/a/log`, matches: true },
  { rule: '{resources: [{resources: [pods/*]}]}', request: `GET ${pods}/a`, matches: true },
  { rule: '{resources: [{resources: ["*/log"]}]}', request: `GET ${pods}/a/log`, matches: true },
  { rule: '{resources: [{resources: ["*/log"]}]}', request: `GET ${pods}/a`, matches: false },
  { rule: '{resources: [{resources: ["*"]}]}', request: `GET ${pods}/a/log`, matches: true },
  {
    rule: '{resources: [{resources: [pods], resourceNames: [a]}]}',
    request: `GET ${pods}/a`,
    matches: true,
  },
  {
    rule: '{resources: [{resources: [pods], resourceNames: [a]}]}',
    request: `GET ${pods}/b`,
    matches: false,
  },
  { rule: '{nonResourceURLs: [/healthz*]}', request: 'GET /healthz/etcd', matches: true },
  { rule: '{nonResourceURLs: [/healthz]}', request: 'GET /healthz/etcd', matches: false },
  { rule: '{nonResourceURLs: ["*"]}', request: 'GET /version', matches: true },
  { rule: '{nonResourceURLs: ["*"]}', request: `GET ${pods}`, matches: false },
]

for (const { rule, request, matches } of cases) {
  test(`${rule} ${matches ? 'is about' : 'is not about'} ${request}`, () => {
    const [method = '', url = ''] = request.split(' ')
    const filled = rule.replace('{', '{level: Metadata, ').replace(', }', '}')
    const text = `apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n- ${filled}\n`
    const evaluate = compilePolicy(parseAuditPolicy(text, 'file'))
    const { level } = evaluate(user, parseTarget(method, url).info)
    assert.equal(level, matches ? 'Metadata' : 'None')
  })
}

test('the first rule that matches decides; stages are left out by policy and by rule', () => {
  const evaluate = compilePolicy(
    parseAuditPolicy(
      `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: None, verbs: [watch]}
- {level: Request, omitStages: [ResponseStarted]}
- {level: RequestResponse}
`,
      'file',
    ),
  )
  assert.equal(evaluate(user, parseTarget('GET', `${pods}?watch=1`).info).level, 'None')
  const { level, omitStages } = evaluate(user, parseTarget('GET', pods).info)
  assert.equal(level, 'Request')
  assert.deepEqual([...omitStages], ['RequestReceived', 'ResponseStarted'])
})
