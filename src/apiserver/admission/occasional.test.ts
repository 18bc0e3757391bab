import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/core/v1.gen.ts'
import { configmaps, namespaces, nodes, pods } from '#api/resources.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { admissionRequest, admit } from '#testing/admission.ts'
import { FakeObjects } from '#testing/objects.ts'
import { ownerReferencesPermissionEnforcement } from './owner-references.ts'
import { podNodeSelector } from './pod-node-selector.ts'
import { podTopologyLabels } from './pod-topology-labels.ts'
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

test('PodNodeSelector', async () => {
  const objects = new FakeObjects()
  const annotations = { 'scheduler.alpha.kubernetes.io/node-selector': 'disk=ssd, zone = a' }
  objects.put(namespaces, { metadata: { name: 'shop', annotations } })
  const plugin = podNodeSelector({ objects: () => objects } as never)
  const { spec } = await run(plugin, { nodeSelector: { arch: 'arm64', disk: 'ssd' } })
  assert.deepEqual(spec?.nodeSelector, { arch: 'arm64', disk: 'ssd', zone: 'a' })
  await assert.rejects(run(plugin, { nodeSelector: { zone: 'b' } }), {
    message:
      'pods "x" is forbidden: pod node label selector conflicts with its namespace node label selector',
  })
})

test('PodTopologyLabels', async () => {
  const objects = new FakeObjects()
  const labels = { 'topology.kubernetes.io/zone': 'a', 'kubernetes.io/hostname': 'n' }
  objects.put(nodes, { metadata: { name: 'n', labels } })
  const plugin = podTopologyLabels({ objects: () => objects } as never)
  const known = { 'topology.kubernetes.io/zone': 'a' }
  assert.deepEqual((await run(plugin, { nodeName: 'n' })).metadata.labels, known)
  assert.equal((await run(plugin, {})).metadata.labels, undefined)
  const binding = {
    metadata: { name: 'x', namespace: 'shop' },
    target: { kind: 'Node', name: 'n' },
  }
  const request = admissionRequest({
    type: pods,
    subresource: 'binding',
    object: binding as unknown as ApiObject,
  })
  assert.deepEqual((await admit([plugin], request))?.metadata.labels, known)
})

test('OwnerReferencesPermissionEnforcement', async () => {
  const objects = new FakeObjects()
  const allowed = new Set<string>()
  const authorizer = {
    authorize: ({ verb, resource }: { verb: string; resource: Record<string, string> }) => ({
      allowed: allowed.has(`${verb} ${resource['resource']}/${resource['subresource']}`),
      reason: 'no',
    }),
  }
  const plugin = ownerReferencesPermissionEnforcement({
    objects: () => objects,
    authorizer: () => authorizer,
  } as never)
  const owned = (kind: string, blockOwnerDeletion: boolean) => ({
    metadata: {
      name: 'x',
      namespace: 'shop',
      ownerReferences: [{ apiVersion: 'v1', kind, name: 'o', uid: 'u', blockOwnerDeletion }],
    },
  })
  const ask = async (object: object, prior?: object): Promise<unknown> => {
    const given = { type: configmaps, object, ...(prior !== undefined && { prior }) }
    try {
      await admit([plugin], admissionRequest(given as never))
      return 'fine'
    } catch (error) {
      return (error as Error).message
    }
  }
  const refused = 'configmaps "x" is forbidden: cannot set '
  const blocking =
    "blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: no, <nil>"
  const free = { metadata: { name: 'x', namespace: 'shop' } }
  assert.equal(await ask(owned('Pod', false)), 'fine')
  assert.equal(await ask(owned('Pod', true)), refused + blocking)
  assert.equal(
    await ask(owned('Pod', false), free),
    `${refused}an ownerRef on a resource you can't delete: no, <nil>`,
  )
  assert.match(
    String(await ask(owned('Odd', true))),
    /cannot find RESTMapping for APIVersion v1 Kind Odd/,
  )
  allowed.add('update pods/finalizers').add('delete configmaps/')
  assert.equal(await ask(owned('Pod', true), free), 'fine')
  assert.equal(await ask(owned('Pod', true), owned('Pod', true)), 'fine')
})
