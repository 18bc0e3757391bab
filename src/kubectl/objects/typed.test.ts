import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommandError } from '#kubectl/errors.ts'
import type { KubeObject } from './info.ts'
import { typed } from './typed.ts'

/** As text: the order counts. */
function text(object: KubeObject): string {
  return JSON.stringify(typed(object))
}

test('fields come in the order of the struct, with those that Go always writes', () => {
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    spec: {
      template: {
        spec: { containers: [{ image: 'x', name: 'c' }], volumes: [{ emptyDir: {}, name: 'v' }] },
      },
      selector: { matchLabels: { b: '2', a: '1' } },
      frob: 1,
    },
    metadata: { labels: {}, name: 'web', creationTimestamp: null },
  }
  assert.equal(
    text(deployment),
    '{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"web"},"spec":{"selector":{"matchLabels":{"a":"1","b":"2"}},"template":{"metadata":{},"spec":{"volumes":[{"name":"v","emptyDir":{}}],"containers":[{"name":"c","image":"x","resources":{}}]}},"strategy":{}},"status":{}}',
  )
})

test('a struct that has a kind of its own keeps it where it is', () => {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { ownerReferences: [{ uid: 'u', name: 'n', kind: 'Pod', apiVersion: 'v1' }] },
  }
  assert.equal(
    text(object),
    '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"n","uid":"u"}]}}',
  )
})

test('a kind that is not built in is refused', () => {
  assert.throws(() => typed({ apiVersion: 'shop.example/v1', kind: 'Order' }), CommandError)
})
