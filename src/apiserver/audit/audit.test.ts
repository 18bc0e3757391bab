/** The log of a whole server: what requests over the wire, and from this process, leave in it. */
import assert from 'node:assert/strict'
import test, { after } from 'node:test'
import { silentLogger } from '#base/logger.ts'
import { systemClock } from '#base/system-clock.ts'
import { createClient } from '#client/create-client.ts'
import { configmaps } from '#api/resources.gen.ts'
import { master, startTestApiServer } from '#testing/api-server.ts'
import { http1Client, http2Client, openLines, openSession } from '#testing/raw-http.ts'
import type { RawRequest } from '#testing/raw-http.ts'
import { Auditor } from './auditor.ts'
import type { AuditSink } from './auditor.ts'
import type { AuditEvent } from './event.ts'
import { compilePolicy } from './evaluate.ts'
import { lineOf } from './format.ts'
import { auditMetrics } from './metrics.ts'
import { parseAuditPolicy } from './policy.ts'
import { truncating } from './truncate.ts'

const limit = { timeout: 30_000 }
const policy = `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- {level: None, nonResourceURLs: [/livez]}
- {level: RequestResponse, omitManagedFields: true, namespaces: [whole], omitStages: [RequestReceived]}
- {level: Request, namespaces: [asked], omitStages: [RequestReceived]}
- {level: Metadata}
`
const events: AuditEvent[] = []
let isBroken = false
const sink: AuditSink = {
  write(event) {
    if (isBroken) throw new Error('disk full')
    events.push(event)
  },
  async [Symbol.asyncDispose]() {},
}
const { server, pki, ...running } = await startTestApiServer({
  auditor: (metrics) =>
    new Auditor({
      evaluate: compilePolicy(parseAuditPolicy(policy, 'policy')),
      backends: [{ plugin: 'log', sink, isStrict: true }],
      clock: systemClock,
      log: silentLogger,
      metrics: auditMetrics(metrics),
    }),
})
const target = { port: server.port, ca: pki.ca.certificate, identity: pki.admin }
const client = http2Client(target)
after(async () => {
  client[Symbol.dispose]()
  await running[Symbol.asyncDispose]()
})

/** The events of one request, which is known by the id that it brought. */
async function told(id: string, request: RawRequest, send = client.send): Promise<AuditEvent[]> {
  const headers = { 'audit-id': id, 'user-agent': 'test/1', ...request.headers }
  const answer = await send({ ...request, headers })
  assert.equal(answer.headers['audit-id'], id)
  return events.filter(({ auditID }) => auditID === id)
}

const withoutTimes = (event: AuditEvent): unknown =>
  Object.fromEntries(Object.entries(event).filter(([name]) => !name.endsWith('Timestamp')))

for (const namespace of ['whole', 'asked', 'meta']) {
  await client.send({
    method: 'POST',
    path: '/api/v1/namespaces',
    body: { metadata: { name: namespace } },
  })
}
const body = { metadata: { name: 'a' }, data: { key: 'value' } }
const created = (namespace: string): RawRequest => ({
  method: 'POST',
  path: `/api/v1/namespaces/${namespace}/configmaps?fieldManager=me`,
  body,
})

test('Metadata: who, what and how it ended, at both stages', limit, async () => {
  const found = await told('m', created('meta'))
  assert.deepEqual(
    found.map(({ stage }) => stage),
    ['RequestReceived', 'ResponseComplete'],
  )
  const [received, complete] = found.map(withoutTimes)
  const common = {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'Metadata',
    auditID: 'm',
    requestURI: '/api/v1/namespaces/meta/configmaps?fieldManager=me',
    verb: 'create',
    sourceIPs: ['127.0.0.1'],
    userAgent: 'test/1',
  }
  const where = { resource: 'configmaps', namespace: 'meta', apiVersion: 'v1' }
  const { user, ...first } = received as AuditEvent
  assert.deepEqual(user.groups?.includes('system:masters'), true)
  assert.deepEqual(first, { ...common, stage: 'RequestReceived', objectRef: where })
  const { user: _, ...second } = complete as AuditEvent
  assert.deepEqual(second, {
    ...common,
    stage: 'ResponseComplete',
    objectRef: { ...where, name: 'a' },
    responseStatus: { metadata: {}, code: 201 },
    annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
  })
  assert.match(found[0]?.stageTimestamp ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
})

test('Request: the body, too; the stage that is left out is left out', limit, async () => {
  const found = await told('r', created('asked'))
  assert.equal(found.length, 1)
  assert.deepEqual(found[0]?.requestObject, { ...body, kind: 'ConfigMap', apiVersion: 'v1' })
  assert.equal(found[0]?.responseObject, undefined)
})

test('RequestResponse: the answer, too, without its managed fields', limit, async () => {
  const [event] = await told('w', created('whole'))
  const answer = event?.responseObject as { kind: string; metadata: Record<string, unknown> }
  assert.equal(answer.kind, 'ConfigMap')
  assert.equal(typeof answer.metadata['uid'], 'string')
  assert.equal('managedFields' in answer.metadata, false)
  const patch = {
    method: 'PATCH',
    path: '/api/v1/namespaces/whole/configmaps/a',
    body: { data: null },
  }
  const [patched] = await told('p', {
    ...patch,
    headers: { 'content-type': 'application/merge-patch+json' },
  })
  assert.deepEqual(patched?.requestObject, { data: null })
  const [listed] = await told('l', { path: '/api/v1/namespaces/whole/configmaps' })
  const list = listed?.responseObject as { kind: string; items: { metadata: object }[] }
  assert.equal(list.kind, 'ConfigMapList')
  assert.equal('managedFields' in (list.items[0]?.metadata ?? {}), false)
})

test('a failure is told as its Status', limit, async () => {
  const [event] = await told('f', { path: '/api/v1/namespaces/whole/configmaps/none' })
  assert.deepEqual(event?.responseStatus, {
    metadata: {},
    status: 'Failure',
    message: 'configmaps "none" not found',
    reason: 'NotFound',
    details: { name: 'none', kind: 'configmaps' },
    code: 404,
  })
})

test('impersonation, a denied request, an unauthenticated one', limit, async () => {
  const path = '/api/v1/namespaces/asked/secrets'
  const [denied] = await told('i', { path, headers: { 'impersonate-user': 'jane' } })
  assert.deepEqual(denied?.impersonatedUser, {
    username: 'jane',
    groups: ['system:authenticated'],
  })
  assert.equal(denied?.annotations?.['authorization.k8s.io/decision'], 'forbid')
  assert.equal(denied?.responseStatus?.code, 403)
  const { send } = http1Client({ port: server.port, ca: pki.ca.certificate })
  const found = await told('u', { path, headers: { authorization: 'Bearer no' } }, send)
  assert.deepEqual(
    found.map(({ stage }) => stage),
    ['ResponseStarted'],
  )
  assert.deepEqual(found[0]?.user, {})
  assert.equal(found[0]?.responseStatus?.message, 'Authentication failed, attempted: bearer')
})

test('a watch is told when it starts and when it ends', limit, async () => {
  const session = openSession(target)
  const path = '/api/v1/namespaces/whole/configmaps?watch=true&timeoutSeconds=1'
  const headers = { 'audit-id': 'watch' }
  using lines = await openLines(session, { path, headers })
  while ((await lines.line()) !== undefined);
  session.close()
  const found = events.filter(({ auditID }) => auditID === 'watch')
  assert.deepEqual(
    found.map(({ stage }) => stage),
    ['ResponseStarted', 'ResponseComplete'],
  )
})

test('who calls from this process is told of, too', limit, async () => {
  const local = createClient(server.transport(master))
  await local.in(configmaps, 'whole').create({ metadata: { name: 'inside' } })
  const event = events.find(
    ({ objectRef, verb }) => objectRef?.name === 'inside' && verb === 'create',
  )
  assert.equal(event?.user.username, 'test')
  assert.equal(event?.responseStatus?.code, 201)
})

test('what the policy does not name costs nothing in the log', limit, async () => {
  assert.deepEqual(await told('n', { path: '/livez' }), [])
})

test('a strict log that is full refuses what it cannot tell of, and counts it', limit, async () => {
  isBroken = true
  const answer = await client.send({ path: '/api/v1/nodes' })
  isBroken = false
  assert.equal(answer.status, 500)
  assert.match(answer.body.toString(), /failed to store audit event/)
  const metrics = (await client.send({ path: '/metrics' })).body.toString()
  assert.match(metrics, /^apiserver_audit_error_total\{plugin="log"\} 1$/m)
  assert.match(metrics, /^apiserver_audit_requests_rejected_total 1$/m)
  assert.match(metrics, /^apiserver_audit_level_total\{level="None"\} 1$/m)
})

test('the legacy format, a large event cut short', limit, async () => {
  const event = events.find(({ auditID, stage }) => auditID === 'i' && stage === 'ResponseComplete')
  assert.ok(event)
  const line = lineOf(event, 'legacy').replace(event.requestReceivedTimestamp, 'T')
  assert.equal(
    line.replace(/ user=.* as=/, ' as='),
    'T AUDIT: id="i" stage="ResponseComplete" ip="127.0.0.1" method="list" as="jane" asgroups="\\"system:authenticated\\"" user-agent="test/1" namespace="asked" uri="/api/v1/namespaces/asked/secrets" response="403"\n',
  )
  const kept: AuditEvent[] = []
  const target: AuditSink = {
    write: (one) => void kept.push(one),
    async [Symbol.asyncDispose]() {},
  }
  const cut = truncating(target, 2000)
  await cut.write({ ...event, requestObject: 'x'.repeat(3000) })
  assert.equal(kept[0]?.requestObject, undefined)
  assert.equal(kept[0]?.annotations?.['audit.k8s.io/truncated'], 'true')
  assert.throws(
    () => cut.write({ ...event, requestURI: 'x'.repeat(3000) }),
    /even after truncating/,
  )
})
