/** Server-side apply of the scale subresource, of a custom kind as of any. */
import assert from 'node:assert/strict'
import test from 'node:test'
import type { ManagedFieldsEntry } from '#api/meta/v1.gen.ts'
import { createClient } from '#client/create-client.ts'
import { master, startTestApiServer } from '#testing/api-server.ts'
import { define, definitionOf, gadgets, schemaOf, versionOf } from '#testing/custom-kinds.ts'

test('what a Scale says is applied to the object', { timeout: 30_000 }, async () => {
  await using started = await startTestApiServer({ port: false })
  const client = createClient(started.server.transport(master))
  const scale = { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' }
  const schema = schemaOf({ size: { type: 'integer' } })
  const version = versionOf('v1', schema, { subresources: { scale } })
  await define(client, definitionOf([version]))
  const api = client.in(gadgets(), 'default')
  await api.create({ metadata: { name: 'a' } })
  const apply = async (fieldManager: string, body: object, force = false) => {
    const path = '/apis/example.com/v1/namespaces/default/gadgets/a/scale'
    const query = { fieldManager, force: String(force) }
    const headers = { 'content-type': 'application/apply-patch+yaml' }
    const config = {
      apiVersion: 'autoscaling/v1',
      kind: 'Scale',
      metadata: { name: 'a' },
      ...body,
    }
    const request = { method: 'PATCH', path, query, headers, body: config } as const
    return (await client.transport.request(request)).body
  }
  const managers = async (): Promise<readonly ManagedFieldsEntry[]> =>
    ((await api.get('a')).metadata.managedFields ?? []).filter(
      ({ subresource }) => subresource === 'scale',
    )
  const shown = (await apply('one', { spec: { replicas: 3 } })) as { kind: string; spec: object }
  assert.equal(shown.kind, 'Scale')
  assert.deepEqual(shown.spec, { replicas: 3 })
  assert.deepEqual((await api.get('a')).spec, { size: 3 })
  const [entry] = await managers()
  assert.equal(entry?.operation, 'Apply')
  assert.equal(entry?.apiVersion, 'example.com/v1')
  assert.deepEqual(entry?.fieldsV1, { 'f:spec': { 'f:size': {} } })
  await assert.rejects(apply('two', { spec: { replicas: 4 } }), {
    message:
      'Apply failed with 1 conflict: conflict with "one" with subresource "scale": .spec.size',
  })
  await apply('two', { spec: { replicas: 4 } }, true)
  assert.deepEqual(
    (await managers()).map(({ manager }) => manager),
    ['two'],
  )
  await assert.rejects(apply('two', { spec: { replicas: -1 } }), {
    message:
      'Scale.autoscaling "a" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  })
  await assert.rejects(apply('two', { kind: 'Gadget' }), {
    message: 'the kind in the data (Gadget) does not match the expected kind (Scale)',
  })
  await assert.rejects(apply('two', { spec: { odd: 1 } }), {
    message:
      'failed to create typed patch object (/a; autoscaling/v1, Kind=Scale): .spec.odd: field not declared in schema',
  })
})
