import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PodSpec } from '#api/core/v1.gen.ts'
import { persistentvolumes, pods, volumeattachments } from '#api/resources.gen.ts'
import { FakeObjects } from '#testing/objects.ts'
import { nodeAuthorizer } from './node-authorizer.ts'
import { NodeGraph } from './node-graph.ts'

const spec: PodSpec = {
  nodeName: 'n1',
  serviceAccountName: 'web',
  imagePullSecrets: [{ name: 'pull' }],
  initContainers: [{ name: 'i', envFrom: [{ configMapRef: { name: 'init-config' } }] }],
  containers: [
    {
      name: 'c',
      env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'env-secret', key: 'k' } } }],
    },
  ],
  volumes: [
    { name: 'a', secret: { secretName: 'volume-secret' } },
    { name: 'b', projected: { sources: [{ configMap: { name: 'kube-root-ca.crt' } }] } },
    { name: 'c', persistentVolumeClaim: { claimName: 'data' } },
    { name: 'scratch', ephemeral: {} },
  ],
  resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu-1' }],
}

function world() {
  const objects = new FakeObjects()
  const graph = new NodeGraph(objects)
  objects.put(pods, { metadata: { name: 'p', namespace: 'shop' }, spec })
  objects.put(pods, {
    metadata: { name: 'other', namespace: 'shop' },
    spec: { ...spec, nodeName: 'n2', imagePullSecrets: [{ name: 'theirs' }] },
  })
  objects.put(pods, {
    metadata: {
      name: 'mirror',
      namespace: 'shop',
      annotations: { 'kubernetes.io/config.mirror': 'x' },
    },
    spec: { ...spec, imagePullSecrets: [{ name: 'wanted' }] },
  })
  for (const [name, claim] of [
    ['pv-1', 'data'],
    ['pv-2', 'foreign'],
  ] as const) {
    objects.put(persistentvolumes, {
      metadata: { name },
      spec: {
        claimRef: { namespace: 'shop', name: claim },
        csi: {
          driver: 'd',
          volumeHandle: 'h',
          nodeStageSecretRef: { name: `${name}-secret`, namespace: 'kube-system' },
        },
      },
    })
  }
  objects.put(volumeattachments, {
    metadata: { name: 'va-1' },
    spec: { attacher: 'a', nodeName: 'n1', source: {} },
  })
  return { objects, graph, authorizer: nodeAuthorizer(graph) }
}

const kubelet = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] }

/** `verb resource.group/name/subresource namespace selector` */
function decide(text: string, user = kubelet, { authorizer } = world()): string {
  const [verb = '', what = '', namespace = '', fieldSelector = ''] = text.split(' ')
  const [resourceAndGroup = '', name = '', subresource = ''] = what.split('/')
  const [resource = '', ...group] = resourceAndGroup.split('.')
  const { allowed, reason } = authorizer.authorize({
    user,
    verb,
    resource: {
      group: group.join('.'),
      version: 'v1',
      resource,
      subresource,
      namespace: namespace === '-' ? '' : namespace,
      name,
      ...(fieldSelector !== '' && { fieldSelector }),
    },
  })
  return allowed ? 'yes' : reason === '' ? 'no' : reason
}

const unrelated = "no relationship found between node 'n1' and this object"
for (const [question, expected] of [
  ['get secrets/pull shop', 'yes'],
  ['list secrets/volume-secret shop', 'yes'],
  ['watch secrets/env-secret shop', 'yes'],
  ['get secrets/pull other', unrelated],
  ['get secrets/theirs shop', unrelated],
  ['get secrets/wanted shop', unrelated],
  ['list secrets shop', 'No Object name found'],
  ['list secrets -', 'can only read namespaced object of this type'],
  ['delete secrets/pull shop', 'can only read resources of this type'],
  ['get secrets/pv-1-secret kube-system', 'yes'],
  ['get secrets/pv-2-secret kube-system', unrelated],
  ['get configmaps/kube-root-ca.crt shop', 'yes'],
  ['get configmaps/init-config shop', 'yes'],
  ['get configmaps/x shop', unrelated],
  ['get persistentvolumeclaims/data shop', 'yes'],
  ['get persistentvolumeclaims/p-scratch shop', 'yes'],
  ['list persistentvolumeclaims shop', 'can only get individual resources of this type'],
  ['patch persistentvolumeclaims/data/status shop', 'yes'],
  ['delete persistentvolumeclaims/data/status shop', 'can only get/update/patch this type'],
  ['get persistentvolumes/pv-1 -', 'yes'],
  ['get persistentvolumes/pv-2 -', unrelated],
  ['get volumeattachments.storage.k8s.io/va-1 -', 'yes'],
  ['get volumeattachments.storage.k8s.io/va-2 -', unrelated],
  ['get resourceclaims.resource.k8s.io/gpu-1 shop', 'yes'],
  ['create serviceaccounts/web/token shop', 'yes'],
  ['create serviceaccounts/root/token shop', unrelated],
  ['delete serviceaccounts/web shop', 'can only create tokens for individual service accounts'],
  ['create leases.coordination.k8s.io kube-node-lease', 'yes'],
  ['update leases.coordination.k8s.io/n1 kube-node-lease', 'yes'],
  [
    'update leases.coordination.k8s.io/n2 kube-node-lease',
    'can only access node lease with the same name as the requesting node',
  ],
  [
    'update leases.coordination.k8s.io/n1 default',
    'can only access leases in the "kube-node-lease" system namespace',
  ],
  ['update csinodes.storage.k8s.io/n1 -', 'yes'],
  [
    'update csinodes.storage.k8s.io/n2 -',
    'can only access CSINode with the same name as the requesting node',
  ],
  ['get nodes/n1 -', 'yes'],
  ['get nodes/n2 -', "node 'n1' cannot read 'n2', only its own Node object"],
  ['list nodes -', "node 'n1' cannot read all nodes, only its own Node object"],
  ['create nodes -', 'yes'],
  ['patch nodes/n1/status -', 'yes'],
  ['delete nodes/n1 -', 'no'],
  ['get pods/p shop', 'yes'],
  ['get pods/other shop', unrelated],
  ['list pods - spec.nodeName=n1', 'yes'],
  ['watch pods - spec.nodeName=n2', 'can only list/watch pods with spec.nodeName field selector'],
  ['list pods -', 'can only list/watch pods with spec.nodeName field selector'],
  ['create pods shop', 'yes'],
  ['patch pods/p/status shop', 'yes'],
  ['create pods/p/eviction shop', 'yes'],
  ['update pods/p shop', 'no'],
  ['list services -', 'yes'],
  ['create services shop', 'no'],
  ['create events shop', 'yes'],
  ['create certificatesigningrequests.certificates.k8s.io -', 'yes'],
] as const) {
  test(`n1: ${question} → ${expected}`, () => {
    assert.equal(decide(question), expected)
  })
}

test('only a user of the group with a name is a node', () => {
  assert.equal(decide('get nodes/n1', { name: 'system:node:n1', groups: [] }), 'no')
  assert.equal(decide('get nodes/n1', { name: 'n1', groups: ['system:nodes'] }), 'no')
  const nameless = { name: 'system:node:', groups: ['system:nodes'] }
  assert.equal(decide('get nodes/n1', nameless), 'unknown node for user "system:node:"')
})

test('what a pod named is readable as long as one pod of the node names it', () => {
  const all = world()
  const twin = { metadata: { name: 'twin', namespace: 'shop' }, spec }
  const may = () => decide('get secrets/pull shop', kubelet, all)
  all.objects.put(pods, twin)
  all.objects.drop(pods, 'shop', 'p')
  assert.equal(may(), 'yes')
  all.objects.put(pods, { ...twin, status: { phase: 'Running' } })
  assert.equal(may(), 'yes')
  all.objects.drop(pods, 'shop', 'twin')
  assert.equal(may(), unrelated)
  all.objects.put(pods, {
    metadata: { name: 'late', namespace: 'shop' },
    spec: { ...spec, nodeName: '' },
  })
  assert.equal(may(), unrelated)
  all.objects.put(pods, { metadata: { name: 'late', namespace: 'shop' }, spec })
  assert.equal(may(), 'yes')
})
