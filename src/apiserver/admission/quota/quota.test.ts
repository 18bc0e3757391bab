import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  configmaps,
  deployments,
  persistentvolumeclaims,
  pods,
  resourcequotas,
  services,
} from '#api/resources.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { silentLogger } from '#base/logger.ts'
import { admissionRequest } from '#testing/admission.ts'
import type { AdmissionCase } from '#testing/admission.ts'
import { FakeClock } from '#testing/clock.ts'
import { FakeObjects } from '#testing/objects.ts'
import { QuotaLedger } from './ledger.ts'
import { resourceQuota } from './resource-quota.ts'

function world(spec: object, name = 'q') {
  const objects = new FakeObjects()
  const clock = new FakeClock()
  objects.put(resourcequotas, { metadata: { name, namespace: 'shop' }, spec })
  const ledger = new QuotaLedger({ objects, clock, log: silentLogger })
  const plugin = resourceQuota(ledger, clock)
  let uids = 0
  const ask = async (type: AdmissionCase['type'], object: object, more: object = {}) => {
    uids += 1
    const given = object as { metadata: object }
    const full = {
      ...given,
      metadata: { namespace: 'shop', uid: `new-${uids}`, ...given.metadata },
    } as ApiObject
    const request = admissionRequest({ type, object: full, ...more })
    try {
      if (plugin.handles(request)) await plugin.validate?.(request)
      return { request, object: full, answer: 'fine' }
    } catch (error) {
      return {
        request,
        object: full,
        answer: (error as Error).message.replace(/^\S+ "x" is forbidden: /, ''),
      }
    }
  }
  /** Asks, stores what is allowed, and ends the request, as the registry does. */
  const create = async (type: AdmissionCase['type'], object: object, more: object = {}) => {
    const { request, object: full, answer } = await ask(type, object, more)
    if (answer === 'fine') objects.put(type as typeof pods, full as never)
    plugin.settle?.(request)
    await settled()
    return answer
  }
  const used = () => objects.get(resourcequotas, 'shop', name)?.status?.used
  return { objects, clock, ledger, plugin, ask, create, used }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 6; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

const named = (name: string, spec: object = {}) => ({ metadata: { name }, spec })
const pod = (name: string, resources: object = {}, spec: object = {}) =>
  named(name, { containers: [{ name: 'c', resources }], ...spec })

test('pods are counted, refused above the limit, and given back when they go or end', async () => {
  const { objects, create, used } = world({ hard: { pods: '2' } })
  await settled()
  assert.deepEqual(objects.get(resourcequotas, 'shop', 'q')?.status, {
    hard: { pods: '2' },
    used: { pods: '0' },
  })
  assert.equal(await create(pods, pod('a')), 'fine')
  assert.equal(await create(pods, pod('b')), 'fine')
  assert.deepEqual(used(), { pods: '2' })
  assert.equal(
    await create(pods, pod('x')),
    'exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
  )
  assert.deepEqual(used(), { pods: '2' })
  objects.drop(pods, 'shop', 'a')
  await settled()
  assert.deepEqual(used(), { pods: '1' })
  const b = objects.get(pods, 'shop', 'b')
  objects.put(pods, { ...b, status: { phase: 'Succeeded' } } as never)
  await settled()
  assert.deepEqual(used(), { pods: '0' })
})

test('requests side by side cannot take the same place; the status is charged before the write', async () => {
  const { ask, used, plugin, create } = world({ hard: { pods: '1' } })
  const [first, second] = await Promise.all([ask(pods, pod('x')), ask(pods, pod('x'))])
  assert.equal(first.answer, 'fine')
  assert.equal(second.answer, 'exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1')
  assert.deepEqual(used(), { pods: '1' })
  plugin.settle?.(first.request)
  await settled()
  assert.deepEqual(used(), { pods: '0' })
  assert.equal(await create(pods, pod('y')), 'fine')
})

test('a request that is stored but not yet over counts once', async () => {
  const { ask, objects, plugin } = world({ hard: { pods: '2' } })
  const first = await ask(pods, pod('a'))
  objects.put(pods, first.object as never)
  assert.equal((await ask(pods, pod('b'))).answer, 'fine')
  plugin.settle?.(first.request)
})

test('a dry run is checked and charges nothing', async () => {
  const { create, ask, used } = world({ hard: { pods: '1' } })
  assert.equal((await ask(pods, pod('x'), { dryRun: true })).answer, 'fine')
  await settled()
  assert.deepEqual(used(), { pods: '0' })
  assert.equal(await create(pods, pod('a')), 'fine')
  assert.match((await ask(pods, pod('x'), { dryRun: true })).answer, /exceeded quota/)
})

test('many changes come to the status in few writes', async () => {
  const { objects, create } = world({ hard: { pods: '100' } })
  await settled()
  objects.writes.length = 0
  await Promise.all(Array.from({ length: 50 }, (_, at) => create(pods, pod(`p${at}`))))
  assert.equal(objects.get(resourcequotas, 'shop', 'q')?.status?.used?.['pods'], '50')
  assert.ok(objects.writes.length <= 4, objects.writes.join())
})

const amounts = (cpu: string, memory: string) => ({
  requests: { cpu, memory },
  limits: { cpu, memory },
})
test('cpu and memory add up, and must be said', async () => {
  const hard = { 'requests.cpu': '1', 'limits.memory': '1Gi', 'count/pods': '5' }
  const { create, used } = world({ hard })
  assert.equal(
    await create(pods, pod('x')),
    'failed quota: q: must specify limits.memory for: c; requests.cpu for: c',
  )
  assert.equal(await create(pods, pod('a', amounts('300m', '512Mi'))), 'fine')
  assert.equal(await create(pods, pod('b', amounts('500m', '256Mi'))), 'fine')
  assert.deepEqual(used(), { 'count/pods': '2', 'limits.memory': '768Mi', 'requests.cpu': '800m' })
  assert.equal(
    await create(pods, pod('x', amounts('300m', '512Mi'))),
    'exceeded quota: q, requested: limits.memory=512Mi,requests.cpu=300m, used: limits.memory=768Mi,requests.cpu=800m, limited: limits.memory=1Gi,requests.cpu=1',
  )
})

test('what was there before the quota counts; objects of other namespaces do not', async () => {
  const { objects, create, used } = world({ hard: { pods: '1' } })
  objects.put(pods, {
    ...pod('other'),
    metadata: { name: 'other', namespace: 'elsewhere' },
  } as never)
  objects.put(configmaps, { metadata: { name: 'c', namespace: 'shop' } })
  assert.equal(await create(pods, pod('a')), 'fine')
  objects.put(resourcequotas, {
    metadata: { name: 'q', namespace: 'shop' },
    spec: { hard: { configmaps: '1', pods: '3' } },
  })
  await settled()
  assert.deepEqual(used(), { configmaps: '1', pods: '1' })
  assert.equal(
    await create(configmaps, named('x')),
    'exceeded quota: q, requested: configmaps=1, used: configmaps=1, limited: configmaps=1',
  )
})

test('counts of any kind', async () => {
  const { create } = world({ hard: { 'count/deployments.apps': '1' } })
  assert.equal(await create(deployments, named('a')), 'fine')
  assert.equal(
    await create(deployments, named('x')),
    'exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=1, limited: count/deployments.apps=1',
  )
})

test('services: node ports and load balancers, also when they change', async () => {
  const { objects, create, used } = world({
    hard: { services: '5', 'services.nodeports': '2', 'services.loadbalancers': '1' },
  })
  const service = (name: string, type: string, ports: number) =>
    named(name, { type, ports: Array.from({ length: ports }, (_, at) => ({ port: at + 1 })) })
  assert.equal(await create(services, service('a', 'NodePort', 1)), 'fine')
  assert.equal(await create(services, service('b', 'LoadBalancer', 1)), 'fine')
  assert.deepEqual(used(), {
    services: '2',
    'services.loadbalancers': '1',
    'services.nodeports': '2',
  })
  assert.match(
    await create(services, service('x', 'NodePort', 1)),
    /requested: services.nodeports=1, used: services.nodeports=2/,
  )
  assert.equal(await create(services, service('c', 'ClusterIP', 3)), 'fine')
  const prior = objects.get(services, 'shop', 'c')
  const changed = { ...service('x', 'NodePort', 1), metadata: { ...prior?.metadata, name: 'x' } }
  assert.match(await create(services, changed, { prior }), /exceeded quota/)
  const freed = {
    ...service('a', 'ClusterIP', 1),
    metadata: objects.get(services, 'shop', 'a')?.metadata,
  }
  assert.equal(await create(services, freed, { prior: objects.get(services, 'shop', 'a') }), 'fine')
  assert.equal(used()?.['services.nodeports'], '1')
})

test('claims: storage in all and by class', async () => {
  const hard = {
    'requests.storage': '10Gi',
    'fast.storageclass.storage.k8s.io/requests.storage': '1Gi',
    'fast.storageclass.storage.k8s.io/persistentvolumeclaims': '9',
  }
  const { create, used } = world({ hard })
  const claim = (name: string, storage: string, storageClassName: string) =>
    named(name, { storageClassName, resources: { requests: { storage } } })
  assert.equal(await create(persistentvolumeclaims, claim('a', '5Gi', 'slow')), 'fine')
  assert.equal(await create(persistentvolumeclaims, claim('b', '1Gi', 'fast')), 'fine')
  assert.deepEqual(used(), {
    'fast.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
    'fast.storageclass.storage.k8s.io/requests.storage': '1Gi',
    'requests.storage': '6Gi',
  })
  assert.match(
    await create(persistentvolumeclaims, claim('x', '1Mi', 'fast')),
    /requested: fast.storageclass.storage.k8s.io\/requests.storage=1Mi/,
  )
})

const guaranteed = amounts('1', '1Gi')
for (const [scopes, object, expected] of [
  [{ scopes: ['BestEffort'] }, pod('x'), 'counted'],
  [{ scopes: ['BestEffort'] }, pod('x', guaranteed), 'not'],
  [{ scopes: ['NotBestEffort'] }, pod('x', guaranteed), 'counted'],
  [{ scopes: ['Terminating'] }, pod('x', {}, { activeDeadlineSeconds: 5 }), 'counted'],
  [{ scopes: ['Terminating'] }, pod('x'), 'not'],
  [{ scopes: ['NotTerminating', 'BestEffort'] }, pod('x'), 'counted'],
  [
    {
      scopeSelector: {
        matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }],
      },
    },
    pod('x', {}, { priorityClassName: 'high' }),
    'counted',
  ],
  [
    {
      scopeSelector: {
        matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }],
      },
    },
    pod('x'),
    'not',
  ],
  [
    {
      scopeSelector: {
        matchExpressions: [{ scopeName: 'PriorityClass', operator: 'NotIn', values: ['high'] }],
      },
    },
    pod('x'),
    'counted',
  ],
  [
    { scopes: ['CrossNamespacePodAffinity'] },
    pod(
      'x',
      {},
      {
        affinity: {
          podAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: 'a', namespaces: ['b'] },
            ],
          },
        },
      },
    ),
    'counted',
  ],
] as const) {
  test(`scope ${JSON.stringify(scopes)}: ${JSON.stringify(object.spec)} is ${expected}`, async () => {
    const { create } = world({ hard: { pods: '0' }, ...scopes })
    assert.equal((await create(pods, object)) === 'fine' ? 'not' : 'counted', expected)
  })
}

test('a status that cannot be written does not stop the request', async () => {
  const { objects, create } = world({ hard: { pods: '5' } })
  await settled()
  objects.modify = () => Promise.reject(new Error('the disk is full'))
  assert.equal(await create(pods, pod('a')), 'fine')
})
