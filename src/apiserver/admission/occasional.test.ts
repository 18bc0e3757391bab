import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/core/v1.gen.ts'
import { configmaps, namespaces, pods } from '#api/resources.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { admissionRequest, admit } from '#testing/admission.ts'
import { FakeObjects } from '#testing/objects.ts'
import type { AdmissionPlugin } from './plugin.ts'
import {
  alwaysAdmit,
  alwaysDeny,
  alwaysPullImages,
  extendedResourceToleration,
  limitPodHardAntiAffinityTopology,
  namespaceAutoProvision,
  namespaceExists,
} from './occasional.ts'

async function run(plugin: AdmissionPlugin, spec: object = {}, type: unknown = pods): Promise<Pod> {
  const metadata = { name: 'x', namespace: 'shop' }
  const object = { metadata, spec } as unknown as ApiObject
  return (await admit([plugin], admissionRequest({ type: type as typeof pods, object }))) as Pod
}

test('AlwaysAdmit and AlwaysDeny', async () => {
  await run(alwaysAdmit())
  await assert.rejects(run(alwaysDeny()), {
    message: 'pods "x" is forbidden: admission control is denying all modifications',
  })
})

test('AlwaysPullImages', async () => {
  const containers = [{ name: 'c', imagePullPolicy: 'Never' }]
  const { spec } = await run(alwaysPullImages(), { containers, initContainers: [{ name: 'i' }] })
  assert.equal(spec?.containers[0]?.imagePullPolicy, 'Always')
  assert.equal(spec?.initContainers?.[0]?.imagePullPolicy, 'Always')
})

test('LimitPodHardAntiAffinityTopology', async () => {
  const away = (topologyKey: string) => ({
    affinity: {
      podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey }] },
    },
  })
  const plugin = limitPodHardAntiAffinityTopology()
  await run(plugin, away('kubernetes.io/hostname'))
  await assert.rejects(run(plugin, away('zone')), {
    message:
      'pods "x" is forbidden: affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey zone but only key kubernetes.io/hostname is allowed',
  })
})

test('ExtendedResourceToleration', async () => {
  const containers = [{ name: 'c', resources: { requests: { cpu: '1', 'example.com/gpu': '1' } } }]
  const { spec } = await run(extendedResourceToleration(), { containers })
  assert.deepEqual(spec?.tolerations, [{ key: 'example.com/gpu', operator: 'Exists' }])
})

test('NamespaceExists and NamespaceAutoProvision', async () => {
  const objects = new FakeObjects()
  const deps = { objects: () => objects } as never
  await assert.rejects(run(namespaceExists(deps), {}, configmaps), {
    message: 'namespaces "shop" not found',
  })
  await run(namespaceAutoProvision(deps), {}, configmaps)
  assert.ok(objects.get(namespaces, '', 'shop'))
  await run(namespaceExists(deps), {}, configmaps)
  await run(namespaceAutoProvision(deps), {}, configmaps)
  assert.deepEqual(objects.writes, ['create namespaces shop'])
})
