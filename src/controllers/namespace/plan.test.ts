import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Progress } from './plan.ts'
import { conditionsAfter } from './plan.ts'

const pods = { group: '', resource: 'pods' }
const widgets = { group: 'example.com', resource: 'widgets' }
const nothing: Progress = { discoveryErrors: [], deletionErrors: [], remaining: [] }

const cases: readonly [title: string, progress: Progress, bad: Record<string, string>][] = [
  ['all is gone', nothing, {}],
  [
    'a group does not answer',
    { ...nothing, discoveryErrors: ['example.com/v1: down'] },
    {
      NamespaceDeletionDiscoveryFailure:
        'DiscoveryFailed: Discovery failed for some groups, 1 failing: example.com/v1: down',
    },
  ],
  [
    'a kind cannot be deleted',
    { ...nothing, deletionErrors: ['b', 'a'] },
    {
      NamespaceDeletionContentFailure:
        'ContentDeletionFailed: Failed to delete all resource types, 2 remaining: a, b',
    },
  ],
  [
    'objects wait for finalizers',
    {
      ...nothing,
      remaining: [
        { resource: pods, count: 2, finalizers: new Map([['x', 1]]) },
        { resource: widgets, count: 3, finalizers: new Map([['x', 3]]) },
      ],
    },
    {
      NamespaceContentRemaining:
        'SomeResourcesRemain: Some resources are remaining: pods. has 2 resource instances, widgets.example.com has 3 resource instances',
      NamespaceFinalizersRemaining:
        'SomeFinalizersRemain: Some content in the namespace has finalizers remaining: x in 4 resource instances',
    },
  ],
]

for (const [title, progress, bad] of cases) {
  test(title, () => {
    const conditions = conditionsAfter(undefined, progress, 'now')
    assert.equal(conditions.length, 5)
    const found = conditions.filter(({ status }) => status === 'True')
    const shown = found.map(({ type, reason, message }) => [type, `${reason}: ${message}`])
    assert.deepEqual(Object.fromEntries(shown), bad)
  })
}

test('what says the same keeps its time', () => {
  const first = conditionsAfter(undefined, nothing, 'then')
  assert.deepEqual(conditionsAfter(first, nothing, 'now'), first)
})
