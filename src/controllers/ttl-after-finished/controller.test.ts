import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobSpec } from '#api/batch/v1.gen.ts'
import { jobs } from '#api/resources.gen.ts'
import { runControllers } from '#testing/controllers.ts'
import { ttlAfterFinishedController } from './controller.ts'

const timeout = 5_000

async function make(spec: Partial<JobSpec>) {
  const bench = await runControllers([ttlAfterFinishedController])
  const client = bench.client.in(jobs, 'default')
  const job = await client.create({ metadata: { name: 'j' }, spec: { template: {}, ...spec } })
  const lastTransitionTime = new Date(bench.clock.nowMs()).toISOString()
  const conditions = [{ type: 'Complete', status: 'True', lastTransitionTime }]
  const end = async () => {
    await client.update({ ...job, status: { conditions } }, { subresource: 'status' })
    await bench.settle()
  }
  const isThere = async () => {
    const found = (await bench.all(jobs)).get('default/j')
    return found !== undefined && found.metadata.deletionTimestamp === undefined
  }
  return { ...bench, end, isThere, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() }
}

test('a finished Job goes when its time is up', { timeout }, async () => {
  await using bench = await make({ ttlSecondsAfterFinished: 60 })
  await bench.clock.advance(3_600_000)
  assert.ok(await bench.isThere())
  await using fresh = await make({ ttlSecondsAfterFinished: 60 })
  await fresh.end()
  await fresh.clock.advance(59_000)
  assert.ok(await fresh.isThere())
  await fresh.clock.advance(1_000)
  assert.ok(!(await fresh.isThere()))
})

test('without a time it stays', { timeout }, async () => {
  await using bench = await make({})
  await bench.end()
  await bench.clock.advance(3_600_000)
  assert.ok(await bench.isThere())
})
