import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JobSpec } from '#api/batch/v1.gen.ts'
import type { Pod } from '#api/core/v1.gen.ts'
import { findCondition } from '#api/meta/conditions.ts'
import { isPodActive } from '#api/meta/pods.ts'
import { jobs, pods } from '#api/resources.gen.ts'
import { runControllers } from '#testing/controllers.ts'
import { jobController } from './controller.ts'
import { indexOf, isTracked } from './pods.ts'

const timeout = 10_000

const template = (restartPolicy = 'Never') => ({
  metadata: { labels: { job: 'j' } },
  spec: { restartPolicy, containers: [{ name: 'c', image: 'i' }] },
})

async function make(spec: Partial<JobSpec> = {}) {
  const bench = await runControllers([jobController])
  const client = bench.client.in(jobs, 'default')
  await client.create({
    metadata: { name: 'j', namespace: 'default' },
    spec: {
      selector: { matchLabels: { job: 'j' } },
      parallelism: 1,
      ...(spec.completions === undefined && spec.parallelism === undefined
        ? { completions: 1 }
        : {}),
      backoffLimit: 6,
      podReplacementPolicy: 'TerminatingOrFailed',
      template: template(),
      ...spec,
    },
  })
  await bench.settle()
  const podClient = bench.client.in(pods, 'default')
  const list = async () => [...(await bench.all(pods)).values()]
  const active = async () => (await list()).filter(isPodActive)
  const setPhase = async (pod: Pod, phase: string, exitCode = phase === 'Failed' ? 1 : 0) => {
    const finishedAt = new Date(bench.clock.nowMs()).toISOString()
    const state = { terminated: { exitCode, finishedAt } }
    const containerStatuses = [
      { name: 'c', image: '', imageID: '', ready: false, restartCount: 0, state },
    ]
    const status = { phase, containerStatuses }
    await podClient.update({ ...pod, status }, { subresource: 'status' })
  }
  /** Ends all running pods, then lets the controller react. */
  const end = async (phase: string, exitCode?: number) => {
    for (const pod of await active()) await setPhase(pod, phase, exitCode)
    await bench.settle()
  }
  const change = async (next: Partial<JobSpec>) => {
    const current = await client.get('j')
    await client.update({ ...current, spec: { ...current.spec, ...next } as JobSpec })
    await bench.settle()
  }
  const status = async () => (await client.get('j')).status ?? {}
  const condition = async (type: string) => findCondition((await status()).conditions, type)
  const dispose = () => bench[Symbol.asyncDispose]()
  return {
    ...bench,
    jobs: client,
    podClient,
    list,
    active,
    setPhase,
    end,
    change,
    status,
    condition,
    [Symbol.asyncDispose]: dispose,
  }
}

test('a pod that succeeds completes the Job, and is let go', { timeout }, async () => {
  await using bench = await make()
  const [pod] = await bench.active()
  assert.ok(pod !== undefined && isTracked(pod))
  assert.equal((await bench.status()).active, 1)
  await bench.end('Succeeded')
  const status = await bench.status()
  assert.equal(status.succeeded, 1)
  assert.equal(status.active, 0)
  assert.ok(status.completionTime !== undefined && status.startTime !== undefined)
  assert.equal((await bench.condition('Complete'))?.reason, 'CompletionsReached')
  assert.equal((await bench.condition('SuccessCriteriaMet'))?.status, 'True')
  assert.ok(!(await bench.list()).some(isTracked))
  assert.deepEqual(bench.events.at(-1), 'Normal Completed Job completed')
  assert.deepEqual(bench.errors, [])
})

test('completions are reached with so many pods at once', { timeout }, async () => {
  await using bench = await make({ parallelism: 2, completions: 5 })
  const sizes: number[] = []
  while ((await bench.condition('Complete')) === undefined) {
    sizes.push((await bench.active()).length)
    await bench.end('Succeeded')
  }
  assert.deepEqual(sizes, [2, 2, 1])
  assert.equal((await bench.status()).succeeded, 5)
})

test('a failure is tried again later and later', { timeout }, async () => {
  await using bench = await make({ backoffLimit: 2 })
  await bench.end('Failed')
  assert.equal((await bench.active()).length, 0)
  await bench.clock.advance(10_000)
  assert.equal((await bench.active()).length, 1)
  await bench.end('Failed')
  await bench.clock.advance(19_000)
  assert.equal((await bench.active()).length, 0)
  await bench.clock.advance(1_000)
  await bench.end('Failed')
  assert.equal((await bench.condition('Failed'))?.reason, 'BackoffLimitExceeded')
  assert.equal((await bench.condition('FailureTarget'))?.status, 'True')
  assert.equal((await bench.status()).failed, 3)
})

test('a Job that takes too long fails, and its pods go', { timeout }, async () => {
  await using bench = await make({ activeDeadlineSeconds: 60, parallelism: 2, completions: 2 })
  await bench.clock.advance(61_000)
  assert.equal((await bench.condition('Failed'))?.reason, 'DeadlineExceeded')
  assert.equal((await bench.list()).length, 0)
})

test('a suspended Job has no pods, a resumed one starts anew', { timeout }, async () => {
  await using bench = await make({ suspend: true })
  assert.equal((await bench.active()).length, 0)
  assert.equal((await bench.condition('Suspended'))?.status, 'True')
  await bench.clock.advance(5_000)
  await bench.change({ suspend: false })
  assert.equal((await bench.active()).length, 1)
  assert.equal((await bench.condition('Suspended'))?.reason, 'JobResumed')
  assert.equal((await bench.status()).startTime, '2030-01-01T00:00:05Z')
})

test('each index has its pod', { timeout }, async () => {
  await using bench = await make({ completionMode: 'Indexed', parallelism: 2, completions: 3 })
  const indexes = async () =>
    (await bench.active()).map((pod) => indexOf(pod) ?? -1).toSorted((a, b) => a - b)
  assert.deepEqual(await indexes(), [0, 1])
  const first = (await bench.active()).find((pod) => indexOf(pod) === 0)
  assert.equal(first?.spec.hostname, 'j-0')
  assert.match(first?.metadata.name ?? '', /^j-0-/)
  assert.equal(first?.spec.containers[0]?.env?.[0]?.name, 'JOB_COMPLETION_INDEX')
  if (first !== undefined) await bench.setPhase(first, 'Succeeded')
  await bench.settle()
  assert.equal((await bench.status()).completedIndexes, '0')
  assert.deepEqual(await indexes(), [1, 2])
  await bench.end('Succeeded')
  assert.equal((await bench.status()).completedIndexes, '0-2')
  assert.equal((await bench.condition('Complete'))?.status, 'True')
})

test('an index that fails too often does not stop the others', { timeout }, async () => {
  await using bench = await make({
    completionMode: 'Indexed',
    parallelism: 2,
    completions: 2,
    backoffLimitPerIndex: 0,
  })
  for (const pod of await bench.active()) {
    await bench.setPhase(pod, indexOf(pod) === 0 ? 'Failed' : 'Succeeded')
  }
  await bench.settle()
  const status = await bench.status()
  assert.equal(status.failedIndexes, '0')
  assert.equal(status.completedIndexes, '1')
  assert.equal((await bench.condition('Failed'))?.reason, 'FailedIndexes')
})

test('a policy fails the Job at once, or ignores the failure', { timeout }, async () => {
  const exit = (action: string, value: number) => ({
    action,
    onExitCodes: { operator: 'In', values: [value] },
  })
  const rules = [exit('Ignore', 7), exit('FailJob', 42)]
  await using bench = await make({ podFailurePolicy: { rules }, podReplacementPolicy: 'Failed' })
  await bench.end('Failed', 7)
  await bench.clock.advance(20_000)
  assert.equal((await bench.status()).failed ?? 0, 0)
  await bench.end('Failed', 42)
  const failed = await bench.condition('Failed')
  assert.equal(failed?.reason, 'PodFailurePolicy')
  assert.match(
    failed?.message ?? '',
    /Container c for pod .* exit code 42 matching FailJob rule at index 1/,
  )
})

test('the pods of a Job that is gone are let go', { timeout }, async () => {
  await using bench = await make()
  await bench.jobs.delete('j')
  await bench.settle()
  assert.ok(!(await bench.list()).some(isTracked))
})

test('an end is counted once, whatever fails in between', { timeout }, async () => {
  await using bench = await make({ parallelism: 3, completions: 3 })
  let patches = 0
  bench.cluster.intercept = ({ method }) => {
    if (method === 'PATCH' && ++patches === 2) throw new Error('connection refused')
  }
  await bench.end('Succeeded')
  await bench.clock.advance(1_000)
  const status = await bench.status()
  assert.equal(status.succeeded, 3)
  assert.equal((await bench.condition('Complete'))?.status, 'True')
  assert.equal((await bench.list()).length, 3)
})

test('a steady Job writes nothing', { timeout }, async () => {
  await using bench = await make({ parallelism: 2, completions: 2 })
  const { length } = bench.cluster.writes
  for (const pod of await bench.active()) {
    const metadata = { ...pod.metadata, annotations: { note: 'x' } }
    await bench.podClient.update({ ...pod, metadata })
  }
  await bench.settle()
  assert.equal(bench.cluster.writes.length, length + 2)
})
