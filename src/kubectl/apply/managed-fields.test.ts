import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ManagedFieldsEntry } from '#api/meta/v1.gen.ts'
import { handedOver, ownersOfLastApplied } from './managed-fields.ts'

const annotation = 'f:kubectl.kubernetes.io/last-applied-configuration'
const kept = { 'f:metadata': { 'f:annotations': { '.': {}, [annotation]: {} } } }

function entry(
  manager: string,
  operation: string,
  fieldsV1: object,
  more: Partial<ManagedFieldsEntry> = {},
): ManagedFieldsEntry {
  return { apiVersion: 'v1', manager, operation, fieldsV1: fieldsV1 as never, ...more }
}

const client = entry('kubectl-client-side-apply', 'Update', { ...kept, 'f:data': { 'f:a': {} } })
const status = entry('kubectl-client-side-apply', 'Update', kept, { subresource: 'status' })
const server = entry('kubectl', 'Apply', { 'f:data': { '.': {}, 'f:b': {} } })
const from = ['kubectl-client-side-apply']

test('who keeps the annotation is who applied', () => {
  assert.deepEqual(ownersOfLastApplied([client, server], 'Update'), from)
  assert.deepEqual(ownersOfLastApplied([client, server], 'Apply'), [])
})

test('fields of the client go to the server-side manager', () => {
  assert.deepEqual(handedOver([client, server, status], from, 'kubectl'), [
    { ...server, fieldsV1: { 'f:data': { '.': {}, 'f:a': {}, 'f:b': {} }, ...kept } },
    status,
  ])
})

test('without one, the client becomes it', () => {
  assert.deepEqual(handedOver([client], from, 'kubectl'), [
    { ...client, manager: 'kubectl', operation: 'Apply' },
  ])
})

test('what was written in another version is given up', () => {
  const old = { ...client, apiVersion: 'v1beta1' }
  assert.deepEqual(handedOver([old, server], from, 'kubectl'), [server])
})

test('nothing to hand over', () => {
  assert.equal(handedOver([server], from, 'kubectl'), undefined)
  assert.equal(handedOver([], from, 'kubectl'), undefined)
})
