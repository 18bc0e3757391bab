import assert from 'node:assert/strict'
import test, { after, beforeEach } from 'node:test'
import { isStatus, StatusError } from '#api/meta/status.ts'
import type { Pod } from '#api/core/v1.gen.ts'
import type { PodDisruptionBudget } from '#api/policy/v1.gen.ts'
import { poddisruptionbudgets, pods } from '#api/resources.gen.ts'
import type { ApiResponse } from '#client/transport.ts'
import { master, startTestApiServer } from '#testing/api-server.ts'

const { server, ...running } = await startTestApiServer({ port: false })
after(() => running[Symbol.asyncDispose]())
const { objects } = server
const transport = server.transport(master)
const namespace = 'default'
let name = ''
let count = 0

beforeEach(async () => {
  name = `pod-${count++}`
  const spec = { containers: [{ name: 'c', image: 'i' }] }
  await objects.create(pods, namespace, {
    metadata: { name, labels: { app: name } },
    spec,
  } as never)
})

function post(subresource: string, body: unknown, dryRun = false): Promise<ApiResponse> {
  return transport.request({
    method: 'POST',
    path: `/api/v1/namespaces/default/pods/${name}/${subresource}`,
    ...(dryRun && { query: { dryRun: 'All' } }),
    body,
  })
}

const pod = (): Pod | undefined => objects.get(pods, namespace, name)
const binding = (more: object = {}) => ({
  metadata: { name, annotations: { note: 'x' }, ...more },
  target: { kind: 'Node', name: 'n1' },
})

test('a binding puts the pod on the node and says so', async () => {
  const answer = await post('binding', binding())
  assert.equal(answer.status, 201)
  assert.deepEqual(answer.body, {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    code: 201,
  })
  const bound = pod()
  assert.equal(bound?.spec?.nodeName, 'n1')
  assert.equal(bound?.metadata.annotations?.['note'], 'x')
  const scheduled = bound?.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  assert.equal(scheduled?.status, 'True')
})

test('the old form names the pod in the body', async () => {
  const path = '/api/v1/namespaces/default/bindings'
  await transport.request({ method: 'POST', path, body: binding() })
  assert.equal(pod()?.spec?.nodeName, 'n1')
})

test('a dry run binds nothing', async () => {
  await post('binding', binding(), true)
  assert.equal(pod()?.spec?.nodeName, undefined)
})

const refusedBindings: readonly [
  title: string,
  body: () => object,
  code: number,
  message: string,
][] = [
  [
    'another uid',
    () => binding({ uid: 'other' }),
    409,
    'Precondition failed: UID in precondition: other',
  ],
  [
    'another name',
    () => binding({ name: 'x' }),
    400,
    'name in URL does not match name in Binding object',
  ],
  [
    'no node',
    () => ({ metadata: { name }, target: { kind: 'Node' } }),
    422,
    'target.name: Required value',
  ],
  [
    'no node but something else',
    () => ({ metadata: { name }, target: { kind: 'Pod', name: 'x' } }),
    422,
    'target.kind: Unsupported value: "Pod": supported values: "Node", "<empty>"',
  ],
]

for (const [title, body, code, message] of refusedBindings) {
  test(`a binding with ${title} is refused`, async () => {
    await assert.rejects(post('binding', body()), (error) => {
      assert.ok(error instanceof StatusError)
      assert.ok(error.message.includes(message), error.message)
      assert.equal(error.code, code)
      return true
    })
  })
}

test('a bound pod stays where it is', async () => {
  await post('binding', binding())
  await assert.rejects(post('binding', binding()), {
    message: `Operation cannot be fulfilled on pods/binding "${name}": pod ${name} is already assigned to node "n1"`,
  })
})

async function setStatus(status: object): Promise<void> {
  await objects.modify(pods, { namespace, name, subresource: 'status' }, (running_) => {
    running_.status = { ...running_.status, ...status }
  })
}

async function budget(
  status: Partial<PodDisruptionBudget['status']>,
  spec: object = {},
): Promise<void> {
  const selector = { matchLabels: { app: name } }
  await objects.create(poddisruptionbudgets, namespace, {
    metadata: { name },
    spec: { minAvailable: 1, selector, ...spec },
  } as never)
  await objects.modify(poddisruptionbudgets, { namespace, name, subresource: 'status' }, (made) => {
    made.status = { observedGeneration: 1, ...status } as never
  })
}

const eviction = (more: object = {}) => ({ metadata: { name }, ...more })
const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
const unready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] }

test('an eviction deletes what no budget guards', async () => {
  await setStatus(ready)
  const answer = await post('eviction', eviction({ deleteOptions: { gracePeriodSeconds: 0 } }))
  assert.equal(answer.status, 201)
  assert.equal(pod(), undefined)
})

test('an eviction takes a disruption from the budget and marks the pod', async () => {
  await post('binding', binding())
  await setStatus(ready)
  await budget({ disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 })
  await post('eviction', eviction())
  const guard = objects.get(poddisruptionbudgets, namespace, name)
  assert.equal(guard?.status?.disruptionsAllowed, 0)
  assert.ok(guard?.status?.disruptedPods?.[name] !== undefined)
  const dying = pod()
  assert.ok(dying?.metadata.deletionTimestamp !== undefined)
  const target = dying.status?.conditions?.find(({ type }) => type === 'DisruptionTarget')
  assert.equal(target?.reason, 'EvictionByEvictionAPI')
})

test('an eviction that the budget forbids is told to try again', async () => {
  await setStatus(ready)
  await budget({ disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 })
  await assert.rejects(post('eviction', eviction()), (error) => {
    assert.ok(isStatus(error, 'TooManyRequests'))
    assert.equal(error.message, "Cannot evict pod as it would violate the pod's disruption budget.")
    assert.deepEqual(error.status.details?.causes, [
      {
        reason: 'DisruptionBudget',
        message: `The disruption budget ${name} needs 1 healthy pods and has 1 currently`,
      },
    ])
    return true
  })
  assert.ok(pod() !== undefined)
})

test('a budget that its controller has not seen forbids for a while', async () => {
  await setStatus(ready)
  await budget({ observedGeneration: 0, disruptionsAllowed: 1 })
  await assert.rejects(post('eviction', eviction()), (error) => {
    assert.ok(isStatus(error, 'TooManyRequests'))
    assert.equal(error.status.details?.retryAfterSeconds, 10)
    return true
  })
})

test('a pod that is not ready goes while enough others are', async () => {
  await setStatus(unready)
  await budget({ disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 })
  await post('eviction', eviction({ deleteOptions: { gracePeriodSeconds: 0 } }))
  assert.equal(pod(), undefined)
})

test('a pod that is not ready stays when the others are too few', async () => {
  await setStatus(unready)
  await budget({ disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 1 })
  await assert.rejects(post('eviction', eviction()), /violate the pod's disruption budget/)
})

test('two budgets are one too many', async () => {
  await setStatus(ready)
  await budget({ disruptionsAllowed: 1 })
  const selector = { matchLabels: { app: name } }
  const second = { metadata: { name: `${name}-2` }, spec: { minAvailable: 1, selector } }
  await objects.create(poddisruptionbudgets, namespace, second as never)
  await assert.rejects(post('eviction', eviction()), /more than one PodDisruptionBudget/)
})

test('a dry run evicts nothing and takes nothing', async () => {
  await setStatus(ready)
  await budget({ disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1 })
  await post('eviction', eviction(), true)
  assert.ok(pod() !== undefined)
  assert.equal(objects.get(poddisruptionbudgets, namespace, name)?.status?.disruptionsAllowed, 1)
})
