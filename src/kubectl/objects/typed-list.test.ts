import assert from 'node:assert/strict'
import { test } from 'node:test'
import { typedList } from './typed-list.ts'

const metadata = { resourceVersion: '1' }

test('items are without kind, with their fields in the order of the struct', () => {
  const items = [{ involvedObject: {}, metadata: { uid: 'u', name: 'e' }, kind: 'Event' }]
  assert.equal(
    JSON.stringify(typedList({ metadata, items, apiVersion: 'v1', kind: 'EventList' })),
    '{"kind":"EventList","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[{"metadata":{"name":"e","uid":"u"},"involvedObject":{},"source":{},"firstTimestamp":null,"lastTimestamp":null,"eventTime":null,"reportingComponent":"","reportingInstance":""}]}',
  )
})

test('no items are null', () => {
  const list = typedList({ metadata, items: [], apiVersion: 'v1', kind: 'PodList' })
  assert.equal(list['items'], null)
})
