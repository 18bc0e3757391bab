import assert from 'node:assert/strict'
import { test } from 'node:test'
import { revisionOf } from '#storage/storage.ts'
import { Cached } from './cached.ts'
import { ObjectsByName } from './objects-by-name.ts'

function cached(key: string, revision = 1): Cached {
  return new Cached({
    key,
    revision: revisionOf(revision),
    resourceVersion: String(revision),
    stored: new Uint8Array(),
  })
}

const keys = (list: readonly Cached[]): string[] => list.map(({ key }) => key)

test('few and many changes between two lists give the same order', () => {
  const objects = new ObjectsByName()
  const wanted = new Set<string>()
  const lists: (readonly Cached[])[] = []
  let seed = 7
  const random = (below: number): number => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % below
  for (let round = 0; round < 60; round++) {
    const changes = round % 3 === 0 ? 200 : random(20)
    for (let i = 0; i < changes; i++) {
      const key = `n${random(3)}/o${random(150)}`
      if (random(3) === 0) {
        objects.delete(key)
        wanted.delete(key)
      } else {
        objects.set(cached(key, round))
        wanted.add(key)
      }
    }
    const sorted = [...wanted].sort()
    assert.deepEqual(keys(objects.list(undefined)), sorted)
    assert.deepEqual(
      keys(objects.list('n1')),
      sorted.filter((key) => key.startsWith('n1/')),
    )
    assert.equal(objects.size, sorted.length)
    lists.push(objects.list(undefined))
  }
  assert.equal(objects.list(undefined), lists.at(-1), 'the same list while nothing changes')
})

test('a list that was handed out does not change', () => {
  const objects = new ObjectsByName()
  for (const name of ['a', 'b', 'c']) objects.set(cached(name))
  const before = objects.list(undefined)
  objects.set(cached('b', 2))
  objects.delete('c')
  assert.deepEqual(
    before.map(({ revision }) => revision),
    [1n, 1n, 1n],
  )
  assert.deepEqual(
    objects.list(undefined).map(({ revision }) => revision),
    [1n, 2n],
  )
})
