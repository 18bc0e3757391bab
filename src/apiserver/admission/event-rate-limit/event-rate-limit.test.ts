import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StatusError } from '#api/meta/status.ts'
import { configmaps, events } from '#api/resources.gen.ts'
import { admissionDeps, admissionRequest } from '#testing/admission.ts'
import { FakeObjects } from '#testing/objects.ts'
import { decodeEventLimits } from './configuration.ts'
import type { EventLimit } from './configuration.ts'
import { eventRateLimit } from './event-rate-limit.ts'

const head = { apiVersion: 'eventratelimit.admission.k8s.io/v1alpha1', kind: 'Configuration' }

function world(...limits: readonly EventLimit[]) {
  const deps = admissionDeps(new FakeObjects(), { configurations: { eventRateLimit: limits } })
  const plugin = eventRateLimit(deps)
  const send = async (from: { namespace?: string; user?: string; host?: string } = {}) => {
    const { namespace = 'shop', user = 'kubelet', host = 'n1' } = from
    const involvedObject = { kind: 'Pod', namespace, name: 'web' }
    const object = { metadata: { name: 'e', namespace }, source: { host }, involvedObject }
    const request = admissionRequest({
      type: events,
      object: object as never,
      user: { name: user, groups: [] },
    })
    try {
      await plugin.validate?.(request)
      return 'fine'
    } catch (error) {
      assert.ok(error instanceof StatusError)
      assert.equal(error.code, 429)
      return error.message
    }
  }
  return { ...deps, plugin, send }
}

for (const [type, other, key] of [
  ['Server', undefined, ''],
  ['Namespace', { namespace: 'other' }, 'shop'],
  ['User', { user: 'jane' }, 'kubelet'],
  ['SourceAndObject', { host: 'n2' }, 'n1Podshopweb'],
] as const) {
  test(`${type}: only so many of one key`, async () => {
    const { send, clock } = world({ type, qps: 1, burst: 2 })
    assert.deepEqual([await send(), await send()], ['fine', 'fine'])
    assert.equal(await send(), `Too many requests: limit reached on type ${type} for key ${key}`)
    if (other !== undefined) assert.equal(await send(other), 'fine')
    await clock.advance(1000)
    assert.equal(await send(), 'fine')
  })
}

test('keys beyond those that are remembered start anew', async () => {
  const { send } = world({ type: 'Namespace', qps: 1, burst: 1, cacheSize: 1 })
  await send()
  await send({ namespace: 'other' })
  assert.equal(await send(), 'fine')
})

test('nothing else is limited', () => {
  const { plugin } = world({ type: 'Server', qps: 1, burst: 1 })
  const object = { metadata: { name: 'x', namespace: 'shop' } } as never
  assert.equal(plugin.handles(admissionRequest({ type: configmaps, object })), false)
})

for (const [limits, message] of [
  [[], 'limits: Invalid value: []: must not be empty'],
  [
    [{ type: 'Host', qps: 1, burst: 1 }],
    'limits[0].type: Unsupported value: "Host": supported values: "Namespace", "Server", "SourceAndObject", "User"',
  ],
  [
    [{ type: 'User', cacheSize: -1 }],
    '[limits[0].burst: Invalid value: 0: must be positive, limits[0].qps: Invalid value: 0: must be positive, limits[0].cacheSize: Invalid value: -1: must not be negative]',
  ],
] as const) {
  test(`refused: ${message}`, () => {
    const expected = { message: `couldn't init admission plugin "EventRateLimit": ${message}` }
    assert.throws(() => decodeEventLimits({ ...head, limits: structuredClone(limits) }), expected)
  })
}
