import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pod } from '#api/core/v1.gen.ts'
import { isMirrorOf, mirrorOf, staticPod } from './static-pod.ts'

function manifest(spec: object = {}, metadata: object = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'etcd', namespace: 'kube-system', ...metadata },
    spec: { containers: [{ name: 'c', image: 'etcd:3' }], ...spec },
  } as Pod
}

const from = (pod: Pod): Pod =>
  staticPod({ manifest: pod, path: '/m/etcd.yaml', nodeName: 'Node1', nowMs: Date.UTC(2030, 0, 1) })

test('a manifest becomes a pod of this node', () => {
  const { metadata, spec } = from(manifest())
  assert.equal(metadata.name, 'etcd-node1')
  assert.equal(metadata.namespace, 'kube-system')
  assert.match(metadata.uid, /^[0-9a-f]{32}$/)
  assert.deepEqual(metadata.annotations, {
    'kubernetes.io/config.hash': metadata.uid,
    'kubernetes.io/config.seen': '2030-01-01T00:00:00Z',
    'kubernetes.io/config.source': 'file',
  })
  assert.equal(spec.nodeName, 'Node1')
  assert.deepEqual(spec.tolerations, [{ operator: 'Exists', effect: 'NoExecute' }])
  assert.equal(spec.containers[0]?.imagePullPolicy, 'IfNotPresent')
  assert.equal(spec.containers[0]?.terminationMessagePath, '/dev/termination-log')
})

test('the uid follows the content', () => {
  assert.equal(from(manifest()).metadata.uid, from(manifest()).metadata.uid)
  assert.notEqual(from(manifest()).metadata.uid, from(manifest({ hostNetwork: true })).metadata.uid)
  assert.equal(from(manifest({}, { uid: 'mine' })).metadata.uid, 'mine')
})

test('an image without a tag is always pulled', () => {
  const pod = from(manifest({ containers: [{ name: 'c', image: 'etcd' }] }))
  assert.equal(pod.spec.containers[0]?.imagePullPolicy, 'Always')
})

const bad = [
  [{ spec: { containers: [] } }, /spec.containers: Required value/],
  [{ metadata: { name: 'Not Valid' } }, /metadata.name: /],
  [{ kind: 'Deployment' }, /couldn't parse as pod: it is v1 Deployment/],
  [{ spec: { containers: [{ name: 'c' }] } }, /spec.containers.image: Required value/],
  [
    { spec: { containers: [{ name: 'c', image: 'a' }], volumes: [{ name: 's', secret: {} }] } },
    /static pods may not reference API objects \(volume s\)/,
  ],
  [
    { spec: { containers: [{ name: 'c', image: 'a' }], serviceAccountName: 'x' } },
    /static pods may not reference service accounts/,
  ],
] as const

for (const [change, expected] of bad) {
  test(`refuses ${JSON.stringify(change)}`, () => {
    assert.throws(() => from({ ...manifest(), ...change } as Pod), expected)
  })
}

test('a mirror belongs to the node and is known by the hash', () => {
  const pod = from(manifest())
  const mirror = mirrorOf(pod, { name: 'Node1', uid: 'n-uid' })
  assert.deepEqual(mirror.metadata?.ownerReferences, [
    { apiVersion: 'v1', kind: 'Node', name: 'Node1', uid: 'n-uid', controller: true },
  ])
  assert.equal(mirror.metadata?.uid, undefined)
  assert.equal(isMirrorOf(mirror as Pod, pod), true)
  assert.equal(isMirrorOf(mirror as Pod, from(manifest({ hostNetwork: true }))), false)
})
