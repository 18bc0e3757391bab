import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asGoList, asGoStruct } from './go-struct.ts'

test('fields have the order of the struct, maps that of their keys', () => {
  const event = asGoStruct(
    {
      type: 'Normal',
      metadata: { labels: { b: '2', a: '1' }, name: 'e', uid: 'u' },
      unknown: 1,
      apiVersion: 'v1',
      kind: 'Event',
    },
    'core/v1.Event',
  )
  assert.equal(
    JSON.stringify(event),
    '{"kind":"Event","apiVersion":"v1","metadata":{"name":"e","uid":"u","labels":{"a":"1","b":"2"}},"involvedObject":{},"source":{},"firstTimestamp":null,"lastTimestamp":null,"type":"Normal","eventTime":null,"reportingComponent":"","reportingInstance":""}',
  )
})

test('an order that is not that of the numbers', () => {
  const spec = { containers: [{ env: [], image: 'i', envFrom: [], name: 'c' }] }
  const pod = asGoStruct({ spec, metadata: { name: 'p' } }, 'core/v1.Pod')
  assert.match(JSON.stringify(pod), /"containers":\[\{"name":"c","image":"i",.*"envFrom".*"env"/)
})

test('items of a list have no type; no items are null', () => {
  const list = { items: [{ metadata: {} }], metadata: { resourceVersion: '1' }, kind: 'NodeList' }
  const { items, ...rest } = asGoList(list, 'core/v1.Node')
  assert.deepEqual(Object.keys(rest), ['kind', 'metadata'])
  assert.equal(Array.isArray(items) && 'kind' in items[0], false)
  assert.equal(asGoList({ ...list, items: [] }, 'core/v1.Node')['items'], null)
})
