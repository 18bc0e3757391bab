/** Priority and fairness of a whole server. */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import test, { after } from 'node:test'
import { flowschemas, prioritylevelconfigurations } from '#api/resources.gen.ts'
import type { Endpoint } from '#apiserver/http/endpoint.ts'
import { startTestApiServer } from '#testing/api-server.ts'
import { http2Client } from '#testing/raw-http.ts'
import type { RawResponse } from '#testing/raw-http.ts'

const limit = { timeout: 30_000 }
let release = Promise.withResolvers<void>()
let begun = 0
const slow: Endpoint = async () => {
  begun += 1
  await release.promise
  return { type: 'raw', status: 200, headers: {}, body: 'done' }
}
const { server, pki, ...running } = await startTestApiServer({
  parts: {
    authorizer: () => ({ authorize: () => ({ allowed: true, reason: '' }) }),
    bootstrap: async () => {},
    endpoints: () => ({ plain: new Map([['GET /slow', slow]]) }),
  },
})
const { objects, port } = server
const admin = http2Client({ port, ca: pki.ca.certificate, identity: pki.admin })
after(async () => {
  admin[Symbol.dispose]()
  await running[Symbol.asyncDispose]()
})
const as = (user: string, path: string) =>
  admin.send({ path, headers: { 'impersonate-user': user } })

async function eventually(isSo: () => boolean): Promise<void> {
  const until = AbortSignal.timeout(10_000)
  while (!isSo()) await sleep(5, undefined, { signal: until })
}

test('the bootstrap objects are there, and say that their levels are', limit, async () => {
  const names = objects.list(flowschemas).map(({ metadata }) => metadata.name)
  assert.equal(names.length, 13)
  assert.equal(objects.list(prioritylevelconfigurations).length, 8)
  const schema = objects.get(flowschemas, '', 'service-accounts')
  assert.equal(schema?.metadata.annotations?.['apf.kubernetes.io/autoupdate-spec'], 'true')
  assert.equal(schema?.status?.conditions?.[0]?.status, 'False')
})

test('every answer names its flow schema and its priority level', limit, async () => {
  const { headers } = await as('jane', '/version')
  const schema = objects.get(flowschemas, '', 'global-default')
  const level = objects.get(prioritylevelconfigurations, '', 'global-default')
  assert.equal(headers['x-kubernetes-pf-flowschema-uid'], schema?.metadata.uid)
  assert.equal(headers['x-kubernetes-pf-prioritylevel-uid'], level?.metadata.uid)
})

test(
  'beyond its seats a level refuses with a text and Retry-After; others go on',
  limit,
  async () => {
    await admin.send({
      method: 'POST',
      path: '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations',
      body: {
        metadata: { name: 'tiny' },
        spec: {
          type: 'Limited',
          limited: {
            nominalConcurrencyShares: 0,
            borrowingLimitPercent: 0,
            limitResponse: {
              type: 'Queue',
              queuing: { queues: 1, handSize: 1, queueLengthLimit: 1 },
            },
          },
        },
      },
    })
    await admin.send({
      method: 'POST',
      path: '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas',
      body: {
        metadata: { name: 'tiny' },
        spec: {
          matchingPrecedence: 50,
          priorityLevelConfiguration: { name: 'tiny' },
          rules: [
            {
              subjects: [{ kind: 'User', user: { name: 'tim' } }],
              nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
            },
          ],
        },
      },
    })
    const first = as('tim', '/slow')
    await eventually(() => begun === 1)
    const answers: RawResponse[] = []
    const others = [as('tim', '/slow'), as('tim', '/slow')]
    for (const other of others) void other.then((answer) => answers.push(answer))
    await eventually(() => answers.length === 1)
    const [refused] = answers
    assert.equal(refused?.status, 429)
    assert.equal(refused?.body.toString(), 'Too many requests, please try again later.\n')
    assert.equal(refused?.headers['retry-after'], '1')
    assert.match(String(refused?.headers['content-type']), /^text\/plain/)
    assert.equal((await as('jane', '/version')).status, 200)
    const dump = await admin.send({ path: '/debug/api_priority_and_fairness/dump_priority_levels' })
    assert.match(dump.body.toString(), /^tiny, +1, +false, +false, +1, +1, +1, +1, +0, +0$/m)
    release.resolve()
    assert.equal((await first).status, 200)
    const statuses = (await Promise.all(others)).map(({ status }) => status)
    assert.deepEqual(new Set(statuses), new Set([200, 429]))
    release = Promise.withResolvers()
  },
)

test('metrics have upstream’s names', limit, async () => {
  const text = (await admin.send({ path: '/metrics' })).body.toString()
  const tiny = 'priority_level="tiny",flow_schema="tiny"'
  for (const line of [
    `apiserver_flowcontrol_rejected_requests_total{${tiny},reason="queue-full"} 1`,
    `apiserver_flowcontrol_dispatched_requests_total{${tiny}} 2`,
    `apiserver_flowcontrol_current_inqueue_requests{${tiny}} 0`,
    `apiserver_flowcontrol_current_executing_requests{${tiny}} 0`,
    `apiserver_flowcontrol_request_wait_duration_seconds_count{${tiny},execute="true"} 1`,
    `apiserver_flowcontrol_request_execution_seconds_count{${tiny},type="regular"} 2`,
    'apiserver_flowcontrol_nominal_limit_seats{priority_level="workload-low"} 245',
  ]) {
    assert.ok(text.includes(`${line}\n`), line)
  }
})

test('a schema whose level is deleted says so, and is passed over', limit, async () => {
  await admin.send({
    method: 'DELETE',
    path: '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations/tiny',
  })
  await eventually(() => {
    const condition = objects.get(flowschemas, '', 'tiny')?.status?.conditions?.[0]
    return condition?.status === 'True' && condition.reason === 'NotFound'
  })
  const { headers } = await as('tim', '/version')
  const fallback = objects.get(flowschemas, '', 'global-default')?.metadata.uid
  assert.equal(headers['x-kubernetes-pf-flowschema-uid'], fallback)
})

test('the mandatory ones cannot be changed, and come back', limit, async () => {
  const path = '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/catch-all'
  const patched = await admin.send({
    method: 'PATCH',
    path,
    headers: { 'content-type': 'application/merge-patch+json' },
    body: { spec: { matchingPrecedence: 9999 } },
  })
  assert.equal(patched.status, 422)
  assert.match(patched.body.toString(), /spec of 'catch-all' must equal the fixed value/)
  await admin.send({ method: 'DELETE', path })
  await eventually(() => objects.get(flowschemas, '', 'catch-all') !== undefined)
})

test('without it there are two numbers', limit, async () => {
  await using plain = await startTestApiServer({
    flowControl: { enabled: false, reads: 1, writes: 1 },
    parts: { endpoints: () => ({ plain: new Map([['GET /slow', slow]]) }) },
  })
  using client = http2Client({
    port: plain.server.port,
    ca: plain.pki.ca.certificate,
    identity: plain.pki.admin,
  })
  begun = 0
  const first = client.send({ path: '/slow' })
  await eventually(() => begun === 1)
  const second = await client.send({ path: '/version' })
  assert.equal(second.status, 429)
  assert.equal(second.headers['retry-after'], '1')
  release.resolve()
  assert.equal((await first).status, 200)
})
