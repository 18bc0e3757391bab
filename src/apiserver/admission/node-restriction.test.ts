import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  configmaps,
  csinodes,
  leases,
  nodes,
  persistentvolumeclaims,
  pods,
  serviceaccounts,
} from '#api/resources.gen.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { admissionRequest, admit } from '#testing/admission.ts'
import type { AdmissionCase } from '#testing/admission.ts'
import { FakeObjects } from '#testing/objects.ts'
import { nodeRestriction } from './node-restriction.ts'

const kubelet = { name: 'system:node:n1', groups: ['system:nodes'] }

interface Asked {
  readonly type: AdmissionCase['type']
  readonly subresource?: string
  readonly name?: string
  readonly object?: object
  readonly prior?: object
  readonly user?: { readonly name: string; readonly groups: readonly string[] }
}

async function ask(asked: Asked): Promise<string> {
  const objects = new FakeObjects()
  objects.put(nodes, { metadata: { name: 'n1', uid: 'u1' } })
  for (const [name, nodeName] of [
    ['mine', 'n1'],
    ['theirs', 'n2'],
  ] as const) {
    const volumes = [
      {
        name: 't',
        projected: { sources: [{ serviceAccountToken: { path: 't', audience: 'vault' } }] },
      },
    ]
    objects.put(pods, {
      metadata: { name, namespace: 'shop', uid: name },
      spec: { nodeName, containers: [], volumes },
    })
  }
  const authorizer = { authorize: () => ({ allowed: false, reason: '' }) }
  const plugin = nodeRestriction({ objects: () => objects, authorizer: () => authorizer } as never)
  const request = admissionRequest({ user: kubelet, ...asked } as AdmissionCase)
  try {
    await admit([plugin], request)
    return 'fine'
  } catch (error) {
    return (error as Error).message.replace(/^[^:]+ is forbidden: /, '')
  }
}

const own = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'u1', controller: true }
const mirror = (spec: object = {}, metadata: object = {}) => ({
  metadata: {
    name: 'static',
    namespace: 'shop',
    annotations: { 'kubernetes.io/config.mirror': 'x' },
    ownerReferences: [own],
    ...metadata,
  },
  spec: { nodeName: 'n1', containers: [], ...spec },
})
const volume = (source: object) => ({ volumes: [{ name: 'v', ...source }] })
for (const [what, object, expected] of [
  ['of its own', mirror(), 'fine'],
  [
    'that is no mirror',
    mirror({}, { annotations: {} }),
    'pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
  ],
  [
    'of another node',
    mirror({ nodeName: 'n2' }),
    'node "n1" can only create pods with spec.nodeName set to itself',
  ],
  [
    'without an owner',
    mirror({}, { ownerReferences: [] }),
    'node "n1" can only create pods with an owner reference set to itself',
  ],
  [
    'with two owners',
    mirror({}, { ownerReferences: [own, own] }),
    'node "n1" can only create pods with a single owner reference set to itself',
  ],
  [
    'with another owner',
    mirror({}, { ownerReferences: [{ ...own, kind: 'Pod' }] }),
    'node "n1" can only create pods with an owner reference set to itself',
  ],
  [
    'with an older self',
    mirror({}, { ownerReferences: [{ ...own, uid: 'old' }] }),
    'node n1 UID mismatch: expected old got u1',
  ],
  [
    'with an account',
    mirror({ serviceAccountName: 'a' }),
    'node "n1" can not create pods that reference a service account',
  ],
  [
    'with a secret',
    mirror(volume({ secret: { secretName: 's' } })),
    'node "n1" can not create pods that reference secrets',
  ],
  [
    'with a config map',
    mirror(volume({ configMap: { name: 's' } })),
    'node "n1" can not create pods that reference configmaps',
  ],
  [
    'with a claim',
    mirror(volume({ persistentVolumeClaim: { claimName: 's' } })),
    'node "n1" can not create pods that reference persistentvolumeclaims',
  ],
] as const) {
  test(`creates a pod ${what} → ${expected}`, async () => {
    assert.equal(await ask({ type: pods, object }), expected)
  })
}

const podOf = (name: string, labels: object = {}) => ({
  metadata: { name, namespace: 'shop', labels },
  spec: { nodeName: name === 'mine' ? 'n1' : 'n2' },
})
const node = (labels: object = {}, more: object = {}) => ({
  metadata: { name: 'n1', labels },
  ...more,
})
const token = (spec: object) => ({ metadata: { namespace: 'shop' }, spec })
const ref = { apiVersion: 'v1', kind: 'Pod', name: 'mine', uid: 'mine' }
const requestToken = (spec: object): Asked => ({
  type: serviceaccounts,
  subresource: 'token',
  name: 'web',
  object: token(spec),
})
const lease = (name: string, namespace = 'kube-node-lease') => ({ metadata: { name, namespace } })
for (const [what, asked, expected] of [
  ['deletes its pod', { type: pods, prior: podOf('mine') }, 'fine'],
  [
    'deletes another’s pod',
    { type: pods, prior: podOf('theirs') },
    'node "n1" can only delete pods with spec.nodeName set to itself',
  ],
  ['deletes a pod that is gone', { type: pods, prior: podOf('gone') }, 'pods "gone" not found'],
  [
    'changes a pod',
    { type: pods, object: podOf('mine'), prior: podOf('mine') },
    'unexpected operation "UPDATE", node "n1" can only create and delete mirror pods',
  ],
  [
    'writes its pod’s status',
    { type: pods, subresource: 'status', object: podOf('mine'), prior: podOf('mine') },
    'fine',
  ],
  [
    'writes another’s status',
    { type: pods, subresource: 'status', object: podOf('theirs'), prior: podOf('theirs') },
    'node "n1" can only update pod status for pods with spec.nodeName set to itself',
  ],
  [
    'labels through the status',
    { type: pods, subresource: 'status', object: podOf('mine', { a: 'b' }), prior: podOf('mine') },
    'node "n1" cannot update labels through pod status',
  ],
  ['evicts its pod', { type: pods, subresource: 'eviction', object: podOf('mine') }, 'fine'],
  [
    'evicts another’s pod',
    { type: pods, subresource: 'eviction', object: podOf('theirs') },
    'node n1 can only evict pods with spec.nodeName set to itself',
  ],
  [
    'resizes a pod',
    { type: pods, subresource: 'resize', object: podOf('mine'), prior: podOf('mine') },
    "unexpected pod subresource \"resize\", only 'status' and 'eviction' are allowed",
  ],
  [
    'registers',
    {
      type: nodes,
      object: node({ 'kubernetes.io/hostname': 'n1', 'node.kubernetes.io/x': 'y', own: 'z' }),
    },
    'fine',
  ],
  [
    'registers another',
    { type: nodes, object: { metadata: { name: 'n2' } } },
    'node "n1" is not allowed to modify node "n2"',
  ],
  [
    'registers with labels that isolate',
    {
      type: nodes,
      object: node({ 'example.node-restriction.kubernetes.io/x': 'y', 'k8s.io/z': '' }),
    },
    'node "n1" is not allowed to set the following labels: example.node-restriction.kubernetes.io/x, k8s.io/z',
  ],
  [
    'takes a label away',
    { type: nodes, object: node(), prior: node({ 'node-restriction.kubernetes.io/a': 'b' }) },
    'is not allowed to modify labels: node-restriction.kubernetes.io/a',
  ],
  [
    'keeps a label',
    { type: nodes, object: node({ 'k8s.io/a': 'b' }), prior: node({ 'k8s.io/a': 'b' }) },
    'fine',
  ],
  [
    'changes its taints',
    {
      type: nodes,
      object: node(),
      prior: node({}, { spec: { taints: [{ key: 'a', effect: 'NoSchedule' }] } }),
    },
    'node "n1" is not allowed to modify taints',
  ],
  ['renews its lease', { type: leases, object: lease('n1'), prior: lease('n1') }, 'fine'],
  [
    'renews another’s lease',
    { type: leases, object: lease('n2'), prior: lease('n2') },
    'can only access node lease with the same name as the requesting node',
  ],
  [
    'makes a lease elsewhere',
    { type: leases, object: lease('n1', 'default') },
    'can only access leases in the "kube-node-lease" system namespace',
  ],
  [
    'makes another’s CSINode',
    { type: csinodes, object: { metadata: { name: 'n2' } } },
    'can only access CSINode with the same name as the requesting node',
  ],
  [
    'changes a claim',
    { type: persistentvolumeclaims, object: podOf('c'), prior: podOf('c') },
    'may only update PVC status',
  ],
  [
    'writes a claim’s status',
    { type: persistentvolumeclaims, subresource: 'status', object: podOf('c'), prior: podOf('c') },
    'fine',
  ],
  ['asks for a token for nobody', requestToken({}), 'node requested token not bound to a pod'],
  [
    'asks without a uid',
    requestToken({ boundObjectRef: { ...ref, uid: '' } }),
    'node requested token with a pod binding without a uid',
  ],
  [
    'asks for another’s pod',
    requestToken({ boundObjectRef: { ...ref, name: 'theirs', uid: 'theirs' } }),
    'node requested token bound to a pod scheduled on a different node',
  ],
  [
    'asks for an older pod',
    requestToken({ boundObjectRef: { ...ref, uid: 'old' } }),
    'the UID in the bound object reference (old) does not match the UID in record. The object might have been deleted and then recreated',
  ],
  [
    'asks for an audience of the pod',
    requestToken({ boundObjectRef: ref, audiences: ['vault'] }),
    'fine',
  ],
  [
    'asks for two audiences',
    requestToken({ boundObjectRef: ref, audiences: ['vault', 'b'] }),
    'node may only request 0 or 1 audiences',
  ],
  ['writes what is not restricted here', { type: configmaps, object: lease('x') }, 'fine'],
  [
    'is nameless',
    { type: nodes, object: node(), user: { name: 'system:node:', groups: ['system:nodes'] } },
    'could not determine node from user "system:node:"',
  ],
  [
    'is no node',
    { type: nodes, object: { metadata: { name: 'n2' } }, user: { name: 'jane', groups: [] } },
    'fine',
  ],
] as [string, Asked, string][]) {
  test(`${what} → ${expected}`, async () => {
    assert.equal(await ask(asked), expected)
  })
}

test('an audience that the pod does not ask for', async () => {
  const asked = requestToken({ boundObjectRef: ref, audiences: ['db'] })
  assert.match(await ask(asked), /^audience "db" not found in pod spec volume/)
})

test('what a node may change is decided by the object as it is written', async () => {
  const written = node({ 'kubernetes.io/os': 'linux' }) as ApiObject
  assert.equal(await ask({ type: nodes, object: written, prior: node() }), 'fine')
})
