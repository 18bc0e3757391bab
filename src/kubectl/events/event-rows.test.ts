import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '#api/core/v1.gen.ts'
import { byEventTime, EventRows } from './event-rows.ts'

const nowMs = Date.parse('2026-01-01T01:00:00Z')

function event(reason: string, fields: Partial<Event>): Event {
  const metadata = {
    name: 'e',
    namespace: 'shop',
    uid: '',
    resourceVersion: '',
    creationTimestamp: '',
  }
  return { metadata, involvedObject: { kind: 'Pod', name: 'web' }, reason, ...fields }
}

test('headers come once', () => {
  const rows = new EventRows({ noHeaders: false, withNamespace: true })
  const one = event('A', { type: 'Normal', message: ' x \r', lastTimestamp: '' })
  assert.deepEqual(rows.rows([one], nowMs), [
    ['NAMESPACE', 'LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'],
    ['shop', '<unknown>', 'Normal', 'A', 'Pod/web', 'x'],
  ])
  assert.equal(rows.rows([one], nowMs).length, 1)
})

test('the order is that of the last time, wherever it is', () => {
  const events = [
    event('series', {
      eventTime: '2026-01-01T00:00:00.000000Z',
      series: { count: 2, lastObservedTime: '2026-01-01T00:30:00.000000Z' },
    }),
    event('last', { lastTimestamp: '2026-01-01T00:20:00Z' }),
    event('event', { eventTime: '2026-01-01T00:10:00.000000Z' }),
    event('never', {}),
  ]
  const order = events.toSorted(byEventTime).map(({ reason }) => reason)
  assert.deepEqual(order, ['never', 'event', 'last', 'series'])
})
