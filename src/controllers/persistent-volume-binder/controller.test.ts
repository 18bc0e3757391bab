import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PersistentVolumeClaimSpec, PersistentVolumeSpec } from '#api/core/v1.gen.ts'
import {
  persistentvolumeclaims,
  persistentvolumes,
  pods,
  storageclasses,
} from '#api/resources.gen.ts'
import {
  claimProtectionController,
  volumeProtectionController,
} from '#controllers/volume-protection/controller.ts'
import { runControllers } from '#testing/controllers.ts'
import { persistentVolumeBinder } from './controller.ts'

const timeout = 5_000

async function make() {
  const bench = await runControllers([
    persistentVolumeBinder,
    claimProtectionController,
    volumeProtectionController,
  ])
  const volumes = bench.client.for(persistentvolumes)
  const claims = bench.client.in(persistentvolumeclaims, 'default')
  const accessModes = ['ReadWriteOnce']
  const addVolume = async (
    name: string,
    storage: string,
    spec: Partial<PersistentVolumeSpec> = {},
  ) => {
    const finalizers = ['kubernetes.io/pv-protection']
    const full = { capacity: { storage }, accessModes, ...spec }
    await volumes.create({ metadata: { name, finalizers }, spec: full })
    await bench.settle()
  }
  const addClaim = async (storage: string, spec: Partial<PersistentVolumeClaimSpec> = {}) => {
    const finalizers = ['kubernetes.io/pvc-protection']
    const full = { resources: { requests: { storage } }, accessModes, ...spec }
    await claims.create({ metadata: { name: 'c', finalizers }, spec: full })
    await bench.settle()
  }
  const phases = async () => {
    const claim = (await bench.all(persistentvolumeclaims)).get('default/c')
    const all = [...(await bench.all(persistentvolumes)).values()]
    const shown = all.map(({ metadata, status }) => `${metadata.name}:${status?.phase}`)
    return `${claim?.status?.phase}→${claim?.spec?.volumeName ?? ''} ${shown.join(' ')}`
  }
  const dispose = () => bench[Symbol.asyncDispose]()
  return { ...bench, volumes, claims, addVolume, addClaim, phases, [Symbol.asyncDispose]: dispose }
}

test('a claim gets the smallest volume that suits', { timeout }, async () => {
  await using bench = await make()
  await bench.addVolume('big', '10Gi')
  await bench.addVolume('small', '500Mi')
  await bench.addVolume('fit', '2Gi')
  await bench.addVolume('other', '1Gi', { storageClassName: 'fast' })
  await bench.addClaim('1Gi')
  const volumes = 'big:Available small:Available fit:Bound other:Available'
  assert.equal(await bench.phases(), `Bound→fit ${volumes}`)
  const claim = await bench.claims.get('c')
  assert.deepEqual(claim.status?.capacity, { storage: '2Gi' })
  assert.equal(claim.metadata.annotations?.['pv.kubernetes.io/bind-completed'], 'yes')
  const volume = await bench.volumes.get('fit')
  assert.equal(volume.spec.claimRef?.uid, claim.metadata.uid)
  assert.deepEqual(bench.errors, [])
})

test('a claim waits for its volume', { timeout }, async () => {
  await using bench = await make()
  await bench.addClaim('1Gi')
  assert.match(bench.events[0] ?? '', /^Normal FailedBinding no persistent volumes available/)
  await bench.addVolume('late', '1Gi')
  assert.equal(await bench.phases(), 'Bound→late late:Bound')
})

test('a volume reserved by name is for that claim alone', { timeout }, async () => {
  await using bench = await make()
  const claimRef = { namespace: 'default', name: 'other' }
  await bench.addVolume('kept', '1Gi', { claimRef })
  await bench.addClaim('1Gi')
  assert.equal(await bench.phases(), 'undefined→ kept:Available')
})

test(
  'a class that waits for a pod binds once the scheduler chose a node',
  { timeout },
  async () => {
    await using bench = await make()
    await bench.client.for(storageclasses).create({
      metadata: { name: 'local' },
      provisioner: 'kubernetes.io/no-provisioner',
      volumeBindingMode: 'WaitForFirstConsumer',
    })
    await bench.addVolume('v', '1Gi', { storageClassName: 'local' })
    await bench.addClaim('1Gi', { storageClassName: 'local' })
    assert.equal(await bench.phases(), 'undefined→ v:Available')
    const claim = await bench.claims.get('c')
    const annotations = { 'volume.kubernetes.io/selected-node': 'n1' }
    await bench.claims.update({ ...claim, metadata: { ...claim.metadata, annotations } })
    await bench.settle()
    assert.equal(await bench.phases(), 'Bound→v v:Bound')
  },
)

test('a provisioner is asked by annotation', { timeout }, async () => {
  await using bench = await make()
  await bench.client
    .for(storageclasses)
    .create({ metadata: { name: 'fast' }, provisioner: 'example.com/disk' })
  await bench.addClaim('1Gi', { storageClassName: 'fast' })
  const { annotations } = (await bench.claims.get('c')).metadata
  assert.equal(annotations?.['volume.kubernetes.io/storage-provisioner'], 'example.com/disk')
})

test('a claim in use is kept, then goes, and its volume with it', { timeout }, async () => {
  await using bench = await make()
  await bench.addVolume('v', '1Gi')
  await bench.addClaim('1Gi')
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'c' } }]
  const podClient = bench.client.in(pods, 'default')
  const spec = { containers: [], nodeName: 'n1', volumes }
  await podClient.create({ metadata: { name: 'p' }, spec })
  await bench.claims.delete('c')
  await bench.volumes.delete('v')
  await bench.settle()
  assert.equal(await bench.phases(), 'Bound→v v:Bound')
  await podClient.delete('p')
  await bench.settle()
  assert.equal(await bench.phases(), 'undefined→ ')
  assert.deepEqual(bench.errors, [])
})
