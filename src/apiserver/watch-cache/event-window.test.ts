import assert from 'node:assert/strict'
import { test } from 'node:test'
import { revisionOf } from '#storage/storage.ts'
import { Cached } from './cached.ts'
import { EventWindow } from './event-window.ts'
import { limits } from './limits.ts'
import { ObjectEvent } from './object-event.ts'

function state(revision: number): Cached {
  const object = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' } }
  const stored = Buffer.from(JSON.stringify(object))
  return new Cached({ key: 'a', revision: revisionOf(revision), resourceVersion: '1', stored })
}

test('a past state that somebody looked at late is let go when it is old', () => {
  const window = new EventWindow(revisionOf(0))
  const prior = state(1)
  window.push(new ObjectEvent(revisionOf(2), state(2), prior))
  const parsed = prior.object
  for (let n = 3; n < limits.windowParsedMax; n++) {
    window.push(new ObjectEvent(revisionOf(n), state(n), undefined))
  }
  assert.equal(prior.object, parsed)
  window.push(new ObjectEvent(revisionOf(1000), state(1000), undefined))
  window.push(new ObjectEvent(revisionOf(1001), state(1001), undefined))
  assert.notEqual(prior.object, parsed)
  assert.deepEqual(prior.object, parsed)
})
