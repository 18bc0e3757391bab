import assert from 'node:assert/strict'
import test from 'node:test'
import { archivePrefix, isInside, parseFileSpec } from './file-spec.ts'

for (const { word, ...spec } of [
  { word: 'a/b', pod: '', namespace: '', path: 'a/b' },
  { word: 'a/b/', pod: '', namespace: '', path: 'a/b' },
  { word: '/', pod: '', namespace: '', path: '/' },
  { word: 'web:/tmp/', pod: 'web', namespace: '', path: '/tmp' },
  { word: 'shop/web:c', pod: 'web', namespace: 'shop', path: 'c' },
  { word: 'web:a\\b', pod: 'web', namespace: '', path: 'a/b' },
  { word: 'web:', pod: 'web', namespace: '', path: '' },
]) {
  test(word, () => assert.deepEqual(parseFileSpec(word), spec))
}

for (const word of [':a', 'a/b/c:d']) {
  test(`${word} is refused`, () => {
    assert.throws(() => parseFileSpec(word), /filespec must match the canonical format/)
  })
}

for (const [path, prefix] of [
  ['/tmp/foo', 'tmp/foo'],
  ['../../etc', 'etc'],
  ['/../etc', 'etc'],
  ['a/../../b', 'b'],
  ['.', ''],
  ['..', ''],
  ['/', ''],
] as const) {
  test(`the names of ${path} begin with “${prefix}”`, () =>
    assert.equal(archivePrefix(path), prefix))
}

for (const { base, target, inside } of [
  { base: '/a', target: '/a', inside: true },
  { base: '/a', target: '/a/b', inside: true },
  { base: '/a', target: '/b', inside: false },
  { base: '/a', target: '/ab', inside: false },
  { base: 'a', target: 'a/b', inside: true },
  { base: 'a', target: '../b', inside: false },
  { base: 'a', target: '/a/b', inside: false },
  { base: '.', target: '../b', inside: false },
]) {
  test(`${target} is ${inside ? '' : 'not '}inside ${base}`, () =>
    assert.equal(isInside(base, target), inside))
}
