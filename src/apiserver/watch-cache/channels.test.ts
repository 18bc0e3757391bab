import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CacheEvent } from '#apiserver/registry/registry.ts'
import type { ApiObject } from '#api/resource-type.ts'
import { revisionOf } from '#storage/storage.ts'
import { widgets } from '#testing/registry.ts'
import { Cached } from './cached.ts'
import { Channels } from './channels.ts'
import { ObjectEvent } from './object-event.ts'
import { selectionOf, type SelectionRequest } from './selection.ts'
import { viewOf } from './view.ts'

const view = viewOf(widgets)
let revision = 1

function widget(name: string, color: string): Cached {
  revision++
  const object = { metadata: { name, namespace: 'd' }, spec: { color } } as unknown as ApiObject
  const parts = { revision: revisionOf(revision), resourceVersion: String(revision) }
  return new Cached({ key: `d/${name}`, ...parts, object })
}

function event(prior: Cached | undefined, cached: Cached | undefined): ObjectEvent {
  return new ObjectEvent(revisionOf(revision), cached, prior)
}

function watch(channels: Channels, request: Partial<SelectionRequest>) {
  const seen: string[] = []
  let judged = 0
  const sink = {
    events(batch: readonly CacheEvent[]) {
      for (const { type, cached } of batch) seen.push(`${type} ${cached.key}`)
    },
    end() {},
  }
  const selection = selectionOf(view, { namespace: '', ...request })
  const counting = {
    ...selection,
    matches(cached: Cached) {
      judged++
      return selection.matches(cached)
    },
  }
  const watcher = { view, selection: counting, sink, allowBookmarks: false }
  channels.add(watcher)
  return { watcher, seen, judged: () => judged }
}

test('watchers of one value of a field are not asked about others', () => {
  const channels = new Channels()
  const red = watch(channels, { fieldSelector: 'spec.color=red' })
  const blue = watch(channels, { fieldSelector: 'spec.color=blue' })
  const named = watch(channels, { name: 'a' })
  const elsewhere = watch(channels, { namespace: 'other' })
  const all = watch(channels, {})
  const first = widget('a', 'red')
  const second = widget('a', 'blue')
  channels.deliver([event(undefined, first)])
  assert.deepEqual([blue.judged(), elsewhere.judged()], [0, 0])
  channels.deliver([event(first, second)])
  channels.deliver([event(second, undefined), event(undefined, widget('b', 'green'))])
  assert.deepEqual(red.seen, ['ADDED d/a', 'DELETED d/a'])
  assert.deepEqual(blue.seen, ['ADDED d/a', 'DELETED d/a'])
  assert.deepEqual(named.seen, ['ADDED d/a', 'MODIFIED d/a', 'DELETED d/a'])
  assert.deepEqual(all.seen, ['ADDED d/a', 'MODIFIED d/a', 'DELETED d/a', 'ADDED d/b'])
  assert.equal(elsewhere.judged(), 0)
})

test('a channel ends with its last watcher', () => {
  const channels = new Channels()
  const watches = [{}, {}, { fieldSelector: 'spec.color=red' }].map((request) =>
    watch(channels, request),
  )
  assert.equal(channels.size, 2)
  for (const { watcher } of watches) channels.remove(watcher)
  assert.equal(channels.size, 0)
  channels.deliver([event(undefined, widget('a', 'red'))])
  assert.deepEqual(
    watches.flatMap(({ seen }) => seen),
    [],
  )
})
