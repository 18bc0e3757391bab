import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ResourceSlice } from '#api/resource/v1.gen.ts'
import { DescriptionWriter } from '#kubectl/describe/prefix-writer.ts'
import { writeSlices } from './node-slices.ts'

function slice(driver: string, pool: string, devices: number): ResourceSlice {
  const metadata = { name: 's', uid: '', resourceVersion: '', creationTimestamp: '' }
  return {
    metadata,
    spec: {
      driver,
      pool: { name: pool, generation: 1, resourceSliceCount: 1 },
      devices: Array.from({ length: devices }, (_, at) => ({ name: `d-${at}` })),
    },
  }
}

function text(slices: readonly ResourceSlice[]): string {
  const w = new DescriptionWriter()
  writeSlices(w, slices)
  return w.text()
}

test('slices of one pool are counted together', () => {
  const slices = [slice('gpu', 'b', 2), slice('gpu', 'a', 1), slice('gpu', 'b', 3)]
  assert.equal(
    text(slices),
    [
      'Node-Local ResourceSlices:',
      '  Driver  Pool  Slices  Devices',
      '  ------  ----  ------  -------',
      '  gpu     a     1       1',
      '  gpu     b     2       5',
      '',
    ].join('\n'),
  )
})

test('of many pools ten are shown', () => {
  const slices = Array.from({ length: 12 }, (_, at) => slice('gpu', `p-${at}`, 1))
  const lines = text(slices).split('\n')
  assert.equal(lines.length, 3 + 10 + 2)
  assert.equal(lines.at(-2), '  ...and 2 more pools')
})

test('no slices, no section', () => assert.equal(text([]), ''))
