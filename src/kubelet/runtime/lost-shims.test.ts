import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Shim } from '#linux/shims.ts'
import { endLostShims } from './lost-shims.ts'

const shim = (id: string, ageMs: number): Shim => ({ pid: 1, id, ageMs, children: [] })

const cases = [
  { what: 'one whose sandbox the runtime has', shims: [shim('a', 900)], ended: [] },
  { what: 'a young one of no sandbox', shims: [shim('b', 100)], ended: [] },
  { what: 'an old one of no sandbox', shims: [shim('a', 900), shim('b', 900)], ended: ['b'] },
]

for (const { what, shims, ended } of cases) {
  test(`${what} is ${ended.length === 0 ? 'left' : 'ended'}`, async () => {
    const seen: string[] = []
    const lost = await endLostShims({
      cri: { listPodSandbox: async () => [{ id: 'a' }] as never },
      shims: async () => shims,
      end: ({ id }) => void seen.push(id),
      minimumAgeMs: 500,
      signal: new AbortController().signal,
    })
    assert.deepEqual(seen, ended)
    assert.deepEqual(
      lost.map(({ id }) => id),
      ended,
    )
  })
}
