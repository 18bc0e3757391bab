import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slowStart } from './slow-start.ts'

/** The sizes of the batches when the task with this number fails. */
async function batches(
  count: number,
  failing: number,
): Promise<{ sizes: number[]; succeeded: number }> {
  const sizes: number[] = []
  let started = 0
  let open = false
  const { succeeded } = await slowStart(count, async () => {
    if (!open) sizes.push(0)
    open = true
    sizes[sizes.length - 1] = (sizes.at(-1) ?? 0) + 1
    const number = ++started
    await new Promise((resolve) => setImmediate(resolve))
    open = false
    if (number === failing) throw new Error('refused')
  })
  return { sizes, succeeded }
}

test('batches double', async () => {
  assert.deepEqual(await batches(20, 0), { sizes: [1, 2, 4, 8, 5], succeeded: 20 })
})

test('a failure ends it', async () => {
  assert.deepEqual(await batches(20, 1), { sizes: [1], succeeded: 0 })
  assert.deepEqual(await batches(20, 5), { sizes: [1, 2, 4], succeeded: 6 })
})
