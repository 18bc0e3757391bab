import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '#api/core/v1.gen.ts'
import { eventsAbout, writeEvents } from './events.ts'
import { DescriptionWriter } from './prefix-writer.ts'
import type { Reader } from './reader.ts'

const nowMs = Date.parse('2026-01-01T01:00:00Z')

function event(fields: Partial<Event>): Event {
  const metadata = { name: 'e', uid: '', resourceVersion: '', creationTimestamp: '' }
  return { metadata, involvedObject: {}, ...fields }
}

function text(events: readonly Event[]): string {
  const w = new DescriptionWriter()
  w.write(0, 'Wide label:\tx\n')
  writeEvents(w, events, nowMs)
  return w.text()
}

test('without events', () => {
  assert.equal(text([]), 'Wide label:  x\nEvents:      <none>\n')
})

test('the one that came last is last; the table is aligned by itself', () => {
  const events = [
    event({
      type: 'Warning',
      reason: 'B',
      message: ' two ',
      count: 2,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:59:57Z',
      source: { component: 'kubelet' },
      involvedObject: { fieldPath: 'spec.containers{web}' },
    }),
    event({
      type: 'Normal',
      reason: 'A',
      message: 'one',
      firstTimestamp: '2026-01-01T00:59:50Z',
      lastTimestamp: '2026-01-01T00:59:50Z',
      reportingComponent: 'scheduler',
    }),
    event({
      reason: 'S',
      eventTime: '2026-01-01T00:59:00.000000Z',
      series: { count: 5, lastObservedTime: '2026-01-01T00:59:59.000000Z' },
    }),
  ]
  assert.equal(
    text(events),
    [
      'Wide label:  x',
      'Events:',
      '  Type     Reason  Age               From       Message',
      '  ----     ------  ----              ----       -------',
      '           S       1s (x5 over 60s)             ',
      '  Normal   A       10s               scheduler  one',
      '  Warning  B       3s (x2 over 60m)  kubelet    spec.containers{web}: two',
      '',
    ].join('\n'),
  )
})

const lookups = [
  [
    { kind: 'Pod', metadata: { name: 'a', namespace: 'n', uid: 'u' } },
    'involvedObject.name=a,involvedObject.namespace=n,involvedObject.kind=Pod,involvedObject.uid=u',
  ],
  [{ metadata: { name: 'a=b' } }, String.raw`involvedObject.name=a\=b,involvedObject.namespace=`],
] as const

for (const [subject, fields] of lookups) {
  test(`events are looked up by ${fields}`, async () => {
    const asked: unknown[] = []
    const reader: Reader = {
      object: () => Promise.reject(new Error('no object is asked for')),
      get: () => Promise.reject(new Error('no object is asked for')),
      list: async (_place, selected) => {
        asked.push(selected?.fields)
        return []
      },
    }
    await eventsAbout(subject, reader)
    assert.deepEqual(asked, [fields])
  })
}
