import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiObject } from '#api/resource-type.ts'
import * as conditions from './conditions.ts'
import * as owners from './owners.ts'
import * as taints from './taints.ts'
import { newUid } from './uid.ts'

function object(metadata: Partial<ApiObject['metadata']>): ApiObject {
  return { metadata: metadata as ApiObject['metadata'] }
}

const owner = object({ name: 'rs', uid: 'u' })
const type = { group: 'apps', version: 'v1', kind: 'ReplicaSet' }

test('a controller marks what it makes', () => {
  const reference = owners.controllerRef(owner, type)
  assert.deepEqual(reference, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    name: 'rs',
    uid: 'u',
    controller: true,
    blockOwnerDeletion: true,
  })
  const other = { ...reference, uid: 'v', controller: false }
  const made = object({ ownerReferences: [other, reference] })
  assert.equal(owners.controllerOf(made), reference)
  assert.equal(owners.isControlledBy(made, owner), true)
  assert.equal(owners.isOwnedBy(made, object({ uid: 'v' })), true)
  assert.equal(owners.isControlledBy(made, object({ uid: 'v' })), false)
  assert.equal(owners.controllerOf(object({})), undefined)
})

test('an apiVersion has a group and a version', () => {
  assert.deepEqual([owners.groupOf('apps/v1'), owners.versionOf('apps/v1')], ['apps', 'v1'])
  assert.deepEqual([owners.groupOf('v1'), owners.versionOf('v1')], ['', 'v1'])
})

const ready = { type: 'Ready', status: 'True', reason: 'a', lastTransitionTime: 't1' }

test('a condition moves its time only when its status changes', () => {
  const [same] = conditions.withCondition([ready], {
    ...ready,
    reason: 'b',
    lastTransitionTime: 't2',
  })
  assert.deepEqual(same, { ...ready, reason: 'b' })
  const [changed] = conditions.withCondition([ready], {
    ...ready,
    status: 'False',
    lastTransitionTime: 't2',
  })
  assert.equal(changed?.lastTransitionTime, 't2')
})

test('conditions that say the same stay the same array', () => {
  const list = [ready]
  assert.equal(conditions.withCondition(list, { ...ready, lastTransitionTime: 't2' }), list)
  assert.deepEqual(conditions.withCondition(undefined, ready), [ready])
  assert.deepEqual(conditions.withoutCondition(list, 'Ready'), [])
  assert.equal(conditions.isConditionTrue(list, 'Ready'), true)
  assert.equal(conditions.isConditionTrue(list, 'Gone'), false)
})

const taint = { key: 'k', value: 'v', effect: 'NoSchedule' }

for (const [toleration, tolerated] of [
  [{ key: 'k', value: 'v', effect: 'NoSchedule' }, true],
  [{ key: 'k', operator: 'Equal', value: 'v' }, true],
  [{ key: 'k', operator: 'Exists' }, true],
  [{ operator: 'Exists' }, true],
  [{ key: 'k', value: 'w' }, false],
  [{ key: 'k', operator: 'Exists', effect: 'NoExecute' }, false],
  [{ key: 'l', operator: 'Exists' }, false],
  [{ key: 'k', operator: 'Odd', value: 'v' }, false],
] as const) {
  test(`${JSON.stringify(toleration)} ${tolerated ? 'tolerates' : 'does not tolerate'}`, () => {
    assert.equal(taints.tolerates(toleration, taint), tolerated)
    assert.equal(taints.findUntoleratedTaint([taint], [toleration]), tolerated ? undefined : taint)
  })
}

test('taints that do not matter are not looked at', () => {
  assert.equal(
    taints.findUntoleratedTaint([taint], [], ({ effect }) => effect === 'NoExecute'),
    undefined,
  )
  assert.equal(taints.isSameTaint(taint, { ...taint, value: 'w' }), true)
})

test('a uid is a random UUID of version 4', () => {
  const bytes = Uint8Array.from({ length: 16 }, (_, index) => index * 17)
  assert.equal(
    newUid(() => bytes),
    '00112233-4455-4677-8899-aabbccddeeff',
  )
})
