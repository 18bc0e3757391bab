import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LimitRangeItem, Pod } from '#api/core/v1.gen.ts'
import { limitranges, persistentvolumeclaims, pods } from '#api/resources.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { admissionRequest, admit } from '#testing/admission.ts'
import { FakeObjects } from '#testing/objects.ts'
import { limitRanger } from './limit-ranger.ts'

async function run(
  items: readonly LimitRangeItem[],
  object: object,
  type: unknown = pods,
): Promise<ApiObject | string> {
  const objects = new FakeObjects()
  objects.put(limitranges, {
    metadata: { name: 'l', namespace: 'shop' },
    spec: { limits: [...items] },
  })
  const plugin = limitRanger({ objects: () => objects } as never)
  try {
    return (await admit(
      [plugin],
      admissionRequest({ type: type as typeof pods, object: object as ApiObject }),
    )) as ApiObject
  } catch (error) {
    return (error as Error).message.replace(/^\w+ "p" is forbidden: /, '')
  }
}

const metadata = { name: 'p', namespace: 'shop' }
const pod = (...resources: object[]) => ({
  metadata: { ...metadata },
  spec: { containers: resources.map((one, at) => ({ name: `c${at}`, resources: one })) },
})

test('defaults are set where nothing is said, and told in an annotation', async () => {
  const item = {
    type: 'Container',
    default: { cpu: '2', memory: '1Gi' },
    defaultRequest: { cpu: '1' },
  }
  const answer = (await run([item], {
    ...pod({}, { requests: { cpu: '5m' }, limits: { cpu: '9m', memory: '1Mi' } }),
  })) as Pod
  assert.deepEqual(
    answer.spec?.containers.map(({ resources }) => resources),
    [
      { requests: { cpu: '1' }, limits: { cpu: '2', memory: '1Gi' } },
      { requests: { cpu: '5m' }, limits: { cpu: '9m', memory: '1Mi' } },
    ],
  )
  assert.deepEqual(answer.metadata.annotations, {
    'kubernetes.io/limit-ranger':
      'LimitRanger plugin set: cpu request for container c0; cpu, memory limit for container c0',
  })
})

const cpu = (requests?: string, limits?: string) => ({
  ...(requests && { requests: { cpu: requests } }),
  ...(limits && { limits: { cpu: limits } }),
})
for (const [item, resources, expected] of [
  [{ type: 'Container', min: { cpu: '100m' } }, [cpu('100m')], 'fine'],
  [
    { type: 'Container', min: { cpu: '100m' } },
    [cpu('50m')],
    'minimum cpu usage per Container is 100m, but request is 50m',
  ],
  [
    { type: 'Container', min: { cpu: '100m' } },
    [{}],
    'minimum cpu usage per Container is 100m.  No request is specified',
  ],
  [{ type: 'Container', max: { cpu: '1' } }, [cpu('1', '1000m')], 'fine'],
  [
    { type: 'Container', max: { cpu: '1' } },
    [cpu('1', '2')],
    'maximum cpu usage per Container is 1, but limit is 2',
  ],
  [
    { type: 'Container', max: { cpu: '1' } },
    [cpu('1')],
    'maximum cpu usage per Container is 1.  No limit is specified',
  ],
  [
    { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
    [cpu('1', '3')],
    'cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000',
  ],
  [{ type: 'Container', maxLimitRequestRatio: { cpu: '2' } }, [cpu('1', '2')], 'fine'],
  [
    { type: 'Container', maxLimitRequestRatio: { cpu: '2' } },
    [cpu(undefined, '2')],
    'cpu max limit to request ratio per Container is 2, but no request is specified or request is 0',
  ],
  [
    { type: 'Pod', max: { cpu: '1' } },
    [cpu('600m', '600m'), cpu('600m', '600m')],
    'maximum cpu usage per Pod is 1, but limit is 1200m',
  ],
  [
    { type: 'Container', min: { cpu: '1' }, max: { cpu: '1', memory: '1Gi' } },
    [cpu('2', '2')],
    '[maximum cpu usage per Container is 1, but limit is 2, maximum memory usage per Container is 1Gi.  No limit is specified]',
  ],
] as const) {
  test(`${JSON.stringify(item)} and ${JSON.stringify(resources)} → ${expected}`, async () => {
    const answer = await run([item], pod(...resources))
    assert.equal(typeof answer === 'string' ? answer : 'fine', expected)
  })
}

for (const [storage, expected] of [
  ['1Gi', 'fine'],
  ['3Gi', 'maximum storage usage per PersistentVolumeClaim is 2Gi, but request is 3Gi'],
  ['1Mi', 'minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 1Mi'],
] as const) {
  test(`a claim of ${storage} → ${expected}`, async () => {
    const item = { type: 'PersistentVolumeClaim', min: { storage: '1Gi' }, max: { storage: '2Gi' } }
    const claim = { metadata, spec: { resources: { requests: { storage } } } }
    const answer = await run([item], claim, persistentvolumeclaims)
    assert.equal(typeof answer === 'string' ? answer : 'fine', expected)
  })
}

test('init containers count by their peak, restartable ones for good', async () => {
  const spec = {
    initContainers: [
      { name: 'i', resources: { requests: { cpu: '3' }, limits: { cpu: '3' } } },
      { name: 's', restartPolicy: 'Always', resources: cpu('1', '1') },
    ],
    containers: [{ name: 'c', resources: cpu('1', '1') }],
  }
  assert.notEqual(
    typeof (await run([{ type: 'Pod', max: { cpu: '3' } }], { metadata, spec })),
    'string',
  )
  assert.equal(
    await run([{ type: 'Pod', max: { cpu: '2' } }], { metadata, spec }),
    'maximum cpu usage per Pod is 2, but limit is 3',
  )
})
