/**
 * `testdata/kubectl-patches.json` holds what `kubectl patch --local` 1.36 made of patches to one pod:
 * the fields of the object, of its metadata and spec that came out different (null: gone), or the error.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { must } from '#base/assert.ts'
import { typeSchema } from '#api/schema.ts'
import { applyJsonPatch } from './json-patch.ts'
import { applyMergePatch } from './merge-patch.ts'
import { equalJson, isObject, type Json } from './patch-error.ts'
import { applyStrategicMergePatch } from './strategic-merge.ts'

interface Case {
  readonly type: 'strategic' | 'json' | 'merge'
  readonly patch: unknown
  readonly changes?: Json
  readonly error?: string
}

const { original, cases } = JSON.parse(
  readFileSync(new URL('testdata/kubectl-patches.json', import.meta.url), 'utf8'),
) as { original: Json; cases: readonly Case[] }

const podType = must(typeSchema('core/v1.Pod'), 'pods are built in')

function apply(type: Case['type'], patch: unknown): Json {
  switch (type) {
    case 'strategic':
      return applyStrategicMergePatch(podType, original, patch)
    case 'json':
      return applyJsonPatch(original, patch)
    case 'merge':
      return applyMergePatch(original, patch)
  }
}

function changesOf(before: Json, after: Json, depth: number): Json {
  const changes: Json = {}
  for (const key of new Set([...Object.keys(after), ...Object.keys(before)])) {
    const [left, right] = [before[key], after[key]]
    if (equalJson(left, right)) continue
    const open = depth > 0 && (key === 'spec' || key === 'metadata')
    if (open && isObject(left) && isObject(right)) changes[key] = changesOf(left, right, depth - 1)
    else changes[key] = right === undefined ? null : right
  }
  return changes
}

for (const { type, patch, changes, error } of cases) {
  test(`${type} ${JSON.stringify(patch)}`, () => {
    const before = JSON.stringify(original)
    if (error === undefined) {
      assert.deepEqual(changesOf(original, apply(type, patch), 1), changes)
    } else {
      assert.throws(
        () => apply(type, patch),
        (thrown: Error) => thrown.name === 'PatchError' && thrown.message.trim() === error,
      )
    }
    assert.equal(JSON.stringify(original), before, 'the original is left as it was')
  })
}

test('what a patch does not touch is shared with the original', () => {
  const patched = [
    apply('strategic', { metadata: { labels: { x: 'y' } } }),
    apply('merge', { metadata: { labels: { x: 'y' } } }),
    apply('json', [{ op: 'add', path: '/metadata/labels/x', value: 'y' }]),
  ]
  for (const { spec } of patched) assert.equal(spec, original['spec'])
})

test('a JSON patch has at most 10,000 operations', () => {
  const operation = { op: 'test', path: '/kind', value: 'Pod' }
  assert.throws(
    () =>
      apply(
        'json',
        Array.from({ length: 10_001 }, () => operation),
      ),
    {
      problem: 'tooLarge',
      message: 'The allowed maximum operations in a JSON patch is 10000, got 10001',
    },
  )
  assert.equal(
    apply(
      'json',
      Array.from({ length: 10_000 }, () => operation),
    ),
    original,
  )
})

test('a replacement outside of a list is refused', () => {
  assert.throws(() => apply('json', [{ op: 'replace', path: '/spec/containers/7', value: 1 }]), {
    problem: 'inapplicable',
    message:
      'replace operation does not apply: doc is missing key: /spec/containers/7: missing value',
  })
})

for (const [type, patch] of [
  ['merge', { ['__proto__']: { x: 1 } }],
  ['strategic', JSON.parse('{"metadata":{"__proto__":{"x":1}}}')],
  ['json', [{ op: 'add', path: '/__proto__/x', value: 1 }]],
] as const) {
  test(`a ${type} patch cannot reach the prototype of objects`, () => {
    try {
      apply(type, patch)
    } catch (error) {
      assert.equal((error as Error).name, 'PatchError')
    }
    assert.equal(({} as Json)['x'], undefined)
  })
}
