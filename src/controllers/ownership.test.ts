import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ApiObject } from '#api/resource-type.ts'
import { planClaim } from './ownership.ts'

function object(name: string, app: string, owner?: string, going = false): ApiObject {
  const reference = { apiVersion: 'v1', kind: 'K', name: 'o', controller: true }
  return {
    metadata: {
      name,
      uid: name,
      resourceVersion: '1',
      creationTimestamp: '',
      labels: { app },
      ...(owner === undefined ? {} : { ownerReferences: [{ ...reference, uid: owner }] }),
      ...(going ? { deletionTimestamp: 'now' } : {}),
    },
  }
}

const objects = [
  object('mine', 'web', 'owner'),
  object('strayed', 'other', 'owner'),
  object('orphan', 'web'),
  object('dying', 'web', undefined, true),
  object('foreign', 'web', 'somebody'),
  object('nobody', 'other'),
]
const selector = { matchLabels: { app: 'web' } }

function show(owner: ApiObject): string {
  const { keep, adopt, release } = planClaim(owner, selector, objects)
  const names = (list: readonly ApiObject[]) => list.map(({ metadata }) => metadata.name).join()
  return `keep ${names(keep)} adopt ${names(adopt)} release ${names(release)}`
}

test('an owner keeps, adopts and releases', () => {
  assert.equal(show(object('owner', '')), 'keep mine adopt orphan release strayed')
})

test('an owner that is going only keeps', () => {
  assert.equal(show(object('owner', '', undefined, true)), 'keep mine adopt  release ')
})
