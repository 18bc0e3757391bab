import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint, EndpointSlice } from '#api/discovery/v1.gen.ts'
import type { SlicePlan } from './slices.ts'
import { planSlices } from './slices.ts'

const http = { name: 'http', port: 80, protocol: 'TCP' }
const https = { name: 'https', port: 443, protocol: 'TCP' }

const endpoint = (name: string): Endpoint => ({
  addresses: [name.replace('!', '')],
  conditions: { ready: !name.endsWith('!') },
})

function slice(name: string, content: string, ports = [http]): EndpointSlice {
  return {
    metadata: { name, uid: name, resourceVersion: '1', creationTimestamp: '' },
    addressType: 'IPv4',
    ports: content === '' ? [] : ports,
    endpoints: content.split(' ').filter(Boolean).map(endpoint),
  }
}

function show(plan: SlicePlan): string {
  const names = (list: readonly Endpoint[] = []) =>
    list.map(({ addresses, conditions }) => addresses.join() + (conditions?.ready ? '' : '!'))
  return [
    ...plan.create.map(({ endpoints }) => `+[${names(endpoints).join(' ')}]`),
    ...plan.update.map(
      ({ metadata, endpoints }) => `${metadata.name}=[${names(endpoints).join(' ')}]`,
    ),
    ...plan.remove.map(({ metadata }) => `-${metadata.name}`),
  ].join(' ')
}

const cases: readonly [title: string, have: EndpointSlice[], want: string, plan: string][] = [
  ['nothing at all: an empty slice', [], '', '+[]'],
  ['the empty slice stays', [slice('s', '')], '', ''],
  ['the first endpoints replace the empty slice', [slice('s', '')], 'a b', '+[a b] -s'],
  ['the same: no write', [slice('s', 'a b')], 'b a', ''],
  ['a change of readiness is an update', [slice('s', 'a b')], 'a b!', 's=[a b!]'],
  ['one that is gone is taken out', [slice('s', 'a b c')], 'a c', 's=[a c]'],
  ['the last one leaves an empty slice', [slice('s', 'a')], '', '+[] -s'],
  ['more than fit make slices', [], 'a b c d', '+[a b c] +[d]'],
  ['room is used', [slice('s', 'a b')], 'a b c', 's=[a b c]'],
  ['of two with room the fuller one', [slice('s', 'a'), slice('t', 'b c')], 'a b c d', 't=[b c d]'],
  ['a full one is not touched', [slice('s', 'a b c')], 'a b c d', '+[d]'],
  [
    'what is written anyway takes the new',
    [slice('s', 'a b c'), slice('t', 'd')],
    'a b d e f',
    's=[a b e] t=[d f]',
  ],
  ['other ports, another slice', [slice('s', 'a', [https])], 'a', '+[a] -s'],
]

for (const [title, have, want, expected] of cases) {
  test(title, () => {
    const endpoints = want.split(' ').filter(Boolean).map(endpoint)
    const desired = endpoints.length === 0 ? [] : [{ ports: [http], endpoints }]
    const plan = planSlices(desired, have, { endpointsMax: 3, dress: (each) => each })
    assert.equal(show(plan), expected)
  })
}

test('a slice with wrong labels is written', () => {
  const rules = { endpointsMax: 3, dress: (each: EndpointSlice) => ({ ...each }) }
  const desired = [{ ports: [http], endpoints: [endpoint('a')] }]
  assert.equal(show(planSlices(desired, [slice('s', 'a')], rules)), 's=[a]')
})
