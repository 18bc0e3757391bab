import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint, EndpointSlice } from '#api/discovery/v1.gen.ts'
import { endpointsText } from './endpoints-text.ts'

function slice(endpoints: readonly Endpoint[], ports: EndpointSlice['ports'] = []): EndpointSlice {
  const metadata = { name: 's', uid: '', resourceVersion: '', creationTimestamp: '' }
  return { metadata, addressType: 'IPv4', endpoints: [...endpoints], ports }
}

const on = (address: string, ready?: boolean): Endpoint => ({
  addresses: [address],
  conditions: ready === undefined ? {} : { ready },
})

const http = [{ name: 'http', port: 80 }]

const cases = [
  ['no slices', [], '<none>'],
  ['nothing behind them', [slice([], http)], ''],
  ['unknown counts as ready', [slice([on('a'), on('b', false)], http)], 'a:80'],
  ['an IPv6 address in brackets', [slice([on('fd00::1')], http)], '[fd00::1]:80'],
  ['a slice without ports', [slice([on('a')])], 'a'],
  ['a port of another name', [slice([on('a')], [{ name: 'x', port: 1 }])], ''],
  [
    'three and how many more',
    [slice([on('a'), on('b')], http), slice([on('c'), on('d'), on('e')], http)],
    'a:80,b:80,c:80 + 2 more...',
  ],
  [
    'one that is not ready behind the third',
    [slice([on('a'), on('b'), on('c'), on('d', false)], http)],
    'a:80,b:80,c:80 + 0 more...',
  ],
] as const

for (const [title, slices, text] of cases) {
  test(title, () => assert.equal(endpointsText(slices, 'http'), text))
}
